package capture

import (
	"encoding/binary"
	"slices"
	"testing"
)

// BenchmarkRead is reading alone, a packet at a time, from the page cache.
func BenchmarkRead(b *testing.B) {
	records := make([]Record, 200_000)
	data := make([]byte, 214)
	for i := range records {
		records[i] = Record{Time: int64(i) * 65000, Data: data}
	}
	unsorted := slices.Clone(records)
	for i := 0; i+64 < len(unsorted); i += 100 {
		slices.Reverse(unsorted[i : i+64])
	}
	for _, bb := range []struct {
		name   string
		format string
		packed string
		r      []Record
	}{
		{"pcap", "pcap", "", records},
		{"pcapng", "pcapng", "", records},
		{"pcap-gzip", "pcap", "gzip", records},
		{"pcap-zstd", "pcap", "zstd", records},
		{"pcap-unsorted", "pcap", "", unsorted},
	} {
		b.Run(bb.name, func(b *testing.B) {
			path := saved(b, "a", pack(b, bb.packed, write(b, bb.format, 1, binary.LittleEndian, bb.r)))
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; {
				f, err := OpenFiles([]string{path}, Options{})
				if err != nil {
					b.Fatal(err)
				}
				f.runs(func(frames []frame) bool {
					n += len(frames)
					return true
				})
			}
		})
	}
	b.Run("merge", func(b *testing.B) {
		path := saved(b, "a", write(b, "pcap", 1, binary.LittleEndian, records))
		b.ReportAllocs()
		b.ResetTimer()
		for n := 0; n < b.N; {
			f, err := OpenFiles([]string{path, path, path}, Options{})
			if err != nil {
				b.Fatal(err)
			}
			f.runs(func(frames []frame) bool {
				n += len(frames)
				return true
			})
		}
	})
}
