package engine

import (
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/sipparse"
)

// hooks are the rules' hooks by what they are shown. Walking detectors.All for
// every message would read ten kilobytes of texts to find a few functions.
type hooks struct {
	message []messageHook
	pair    [pairings][]pairHook
}

type messageHook struct {
	id   string
	show func(*detectors.Context, *sipparse.Message, detectors.Note)
}

type pairHook struct {
	id   string
	show func(c *detectors.Context, one, other *sipparse.Message, note detectors.Note)
}

// pairing is in what respect a message is held against an earlier one.
type pairing uint8

const (
	again pairing = iota
	companion
	echo
	answer
	otherSide
	pairings
)

func newHooks(rules []detectors.Detector) hooks {
	var h hooks
	for i := range rules {
		d := &rules[i]
		if d.Message != nil {
			h.message = append(h.message, messageHook{d.ID, d.Message})
		}
		for how, show := range [pairings]func(*detectors.Context, *sipparse.Message, *sipparse.Message, detectors.Note){
			again: d.Again, companion: d.Companion, echo: d.Echo, answer: d.Answer, otherSide: d.Across,
		} {
			if show != nil {
				h.pair[how] = append(h.pair[how], pairHook{d.ID, show})
			}
		}
	}
	return h
}
