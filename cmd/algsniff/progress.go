package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Work that is done within a second needs no progress; more than five redraws
// a second nobody can read.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// progressBar says on a terminal how far the reading is. A nil bar is silent.
type progressBar struct {
	w            io.Writer
	after, every time.Duration

	stop chan struct{}
	wg   sync.WaitGroup
}

// watch starts drawing what progress says, until done.
func (b *progressBar) watch(progress func() (read, total int64)) {
	if b == nil || b.stop != nil {
		return
	}
	b.stop = make(chan struct{})
	b.wg.Go(func() {
		wait := time.NewTimer(b.after)
		defer wait.Stop()
		drawn := false
		for {
			select {
			case <-b.stop:
				if drawn {
					fmt.Fprint(b.w, "\r\x1b[K")
				}
				return
			case <-wait.C:
				wait.Reset(b.every)
				drawn = true
				fmt.Fprintf(b.w, "\r\x1b[K%s", progressText(progress()))
			}
		}
	})
}

// done clears what was drawn. Nothing is drawn after it.
func (b *progressBar) done() {
	if b == nil || b.stop == nil {
		return
	}
	close(b.stop)
	b.wg.Wait()
}

func progressText(read, total int64) string {
	const mega = 1e6
	if total <= 0 {
		return fmt.Sprintf("%.0f MB read", float64(read)/mega)
	}
	percent := min(100, float64(read)/float64(total)*100)
	return fmt.Sprintf("%.0f %% of %.0f MB", percent, float64(total)/mega)
}
