package engine

import (
	"os"
	"testing"

	"github.com/algsniff/algsniff/capture"
)

// BenchmarkFile analyses the capture named by ALGSNIFF_BENCH_FILE: the figures
// that count come from files of gigabytes, which no repository holds.
func BenchmarkFile(b *testing.B) {
	name := os.Getenv("ALGSNIFF_BENCH_FILE")
	if name == "" {
		b.Skip("set ALGSNIFF_BENCH_FILE to a capture")
	}
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		f, err := capture.OpenFiles([]string{name}, capture.Options{})
		if err != nil {
			b.Fatal(err)
		}
		Analyze(f, Options{})
		for _, in := range f.Inputs() {
			packets += in.Packets
			b.SetBytes(in.Bytes)
		}
		f.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}
