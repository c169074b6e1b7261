package engine

import (
	"cmp"
	"slices"

	"github.com/algsniff/algsniff/rtpstats"
)

// finishedStreams keeps ended streams for the report. When there are too many
// the best ones go: who reads a report of a hundred thousand streams looks for
// the bad ones.
type finishedStreams struct {
	list    []Stream
	leftOut int
	grades  map[rtpstats.Grade]int // of those left out
}

func (f *finishedStreams) add(s Stream, limit int) {
	f.list = append(f.list, s)
	if len(f.list) < limit+limit/4 {
		return
	}
	slices.SortFunc(f.list, func(a, b Stream) int {
		if c := cmp.Compare(badness(&b), badness(&a)); c != 0 {
			return c
		}
		return cmp.Compare(a.order, b.order)
	})
	f.leftOut += len(f.list) - limit
	for i := range f.list[limit:] {
		tally(&f.grades, f.list[limit+i].Grade, 1)
	}
	clear(f.list[limit:])
	f.list = f.list[:limit]
}

// badness orders streams by how much they deserve a place in the report.
func badness(s *Stream) float64 {
	if s.Stats.Packets < 5 {
		return -1
	}
	return 5 - s.Quality.MOS
}

// finishStream takes a stream out of the live table and keeps its figures.
func (e *Engine) finishStream(s *stream) {
	out := e.streamResult(s)
	if c := s.call; c != nil {
		c.live--
		c.addFlow(s, &out.Stats)
	} else {
		e.unwait(s)
	}
	e.finished.add(out, e.lim.Finished)
	e.streams.remove(s)
}

// streamResult computes the figures of a stream.
func (e *Engine) streamResult(s *stream) Stream {
	out := Stream{
		SSRC: s.key.ssrc, Src: s.key.src.AddrPort(), Dst: s.key.dst.AddrPort(),
		Announced: s.announced, Stats: s.rtp.Stats(), DelayFrom: "assumed",
		order: s.order, key: s.key, ttl: s.ttl, firstFrame: s.firstFrame,
	}
	if s.call != nil {
		out.Call = s.call.id
	}
	st := &out.Stats
	if r := s.remote; r != nil {
		out.reporter = r.reporter
		out.HasRTT, out.RTTMS = r.hasRTT, float64(r.rtt)/1e6
		if back := e.streams.find(&s.key.dst, &s.key.src, r.reporter); r.hasRTT && back != nil && back.remote != nil && back.remote.hasRTT {
			// Both legs as seen from the capture: the way between the ends.
			out.RTTMS += float64(back.remote.rtt) / 1e6
		}
		if r.seen || r.mosLQ > 0 {
			out.Remote = &Remote{Lost: max(int(r.lost), 0), MOSLQ: r.mosLQ, MOSCQ: r.mosCQ}
			if st.Expected > 0 {
				out.Remote.LossPercent = min(100, 100*float64(out.Remote.Lost)/float64(st.Expected))
			}
			if st.Clock > 0 {
				out.Remote.HasJitter, out.Remote.JitterMS = true, float64(r.jitter)*1000/float64(st.Clock)
			}
		}
	}
	out.grade()
	return out
}

// grade runs the E-model. Without a measured round trip the network's delay is
// taken as none: the packet and the jitter buffer remain.
func (s *Stream) grade() {
	st := &s.Stats
	if s.HasRTT {
		s.DelayFrom = "rtcp"
	}
	s.Quality = rtpstats.EstimateQuality(rtpstats.QualityInput{
		Codec: st.Codec, LossPercent: st.LossPercent(), BurstRatio: st.BurstRatio,
		DelayMS: rtpstats.OneWayDelayMS(s.RTTMS, st.PacketTimeMS, st.MeanJitterMS),
	})
	s.Grade = rtpstats.GradeOf(rtpstats.GradeInput{
		Packets: st.Packets, LossPercent: st.LossPercent(), HasJitter: st.HasJitter, JitterMS: st.MeanJitterMS,
		HasRTT: s.HasRTT, RTTMS: s.RTTMS,
	})
}

// addFlow adds a stream to what is known of the RTP towards one side.
func (c *call) addFlow(s *stream, st *rtpstats.Stats) {
	if s.toSide == sideUnknown {
		return
	}
	f := &c.flows[s.toSide]
	if f.packets == 0 || st.First < f.first {
		f.first, f.firstFrame = st.First, s.firstFrame
	}
	if f.packets == 0 || st.Last > f.last {
		f.last, f.lastFrame = st.Last, s.lastFrame
		f.src, f.dst = s.key.src, s.key.dst
	}
	f.packets += st.Packets
}

// endedCalls keeps ended calls for the report. When there are too many, the
// oldest without a symptom go.
type endedCalls struct {
	list    []Call
	leftOut int
	states  map[string]int // of those left out
}

func (l *endedCalls) add(c Call, limit int) {
	l.list = append(l.list, c)
	if len(l.list) < limit+limit/4 {
		return
	}
	drop := len(l.list) - limit
	l.leftOut += drop
	kept := l.list[:0]
	for i := range l.list {
		if drop > 0 && (len(l.list[i].Symptoms) == 0 || len(l.list)-i <= drop) {
			drop--
			tally(&l.states, l.list[i].State, 1)
			continue
		}
		kept = append(kept, l.list[i])
	}
	clear(l.list[len(kept):])
	l.list = kept
}
