package report

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"sort"
	"time"

	"github.com/algsniff/algsniff/capture"
	"github.com/algsniff/algsniff/detectors"
	"github.com/algsniff/algsniff/internal/engine"
	"github.com/algsniff/algsniff/rtpstats"
)

// Build turns the engine's result into a report.
func Build(res *engine.Result, version string) *Report {
	r := &Report{Schema: Schema, Version: version}
	for _, in := range res.Inputs {
		r.Inputs = append(r.Inputs, buildInput(in))
	}
	for i := range res.Endpoints {
		r.Endpoints = append(r.Endpoints, buildEndpoint(i+1, &res.Endpoints[i]))
	}
	for i := range res.Calls {
		r.Calls = append(r.Calls, buildCall(&res.Calls[i]))
	}
	for i := range res.Streams {
		r.Streams = append(r.Streams, buildStream(i+1, &res.Streams[i]))
	}
	r.Totals = buildTotals(&res.Totals)
	r.Health = buildHealth(res)
	r.Normalize()
	return r
}

func buildInput(in *capture.Input) Input {
	out := Input{
		Name: in.Name, Format: in.Format, LinkTypes: in.LinkTypes, Packets: in.Packets, Bytes: in.Bytes,
		First: stamp(in.First), Last: stamp(in.Last), FramesUndecoded: in.Undecoded, FramesClipped: in.Clipped,
		FramesCopied: in.Copies, OutOfOrder: in.OutOfOrder, FragmentsLost: in.FragmentsLost,
		KernelDropped: in.KernelDropped, ConnsEvicted: in.Evicted, Truncated: in.Truncated,
	}
	if in.Err != nil {
		s := in.Err.Error()
		out.Error = &s
	}
	return out
}

func buildEndpoint(id int, e *engine.Endpoint) Endpoint {
	out := Endpoint{
		ID: id, AOR: e.AOR, UserAgent: e.UserAgent, Transport: e.Transport, Viewpoint: e.Viewpoint.String(),
		Server: addr(e.Server), NAT: e.NAT, Verdict: string(e.Verdict), P: round(e.P, 4), ScoreDB: round(e.ScoreDB, 2),
		Side: e.Side, Registered: e.Registered, Messages: e.Messages, First: stamp(e.First), Last: stamp(e.Last),
		Reason: e.Reason, Advice: e.Advice,
		Tuple: Tuple{Via: relation(e.Tuple[0]), Contact: relation(e.Tuple[1]), SDP: relation(e.Tuple[2])},
	}
	if e.Vendor != "" {
		out.Vendor = &e.Vendor
	}
	for _, s := range e.Sources {
		out.Source = append(out.Source, s.String())
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		finding := Finding{
			ID: f.ID, Class: f.Class.String(), DB: round(f.DB, 2), Frames: f.Frames,
			Written: f.Written, Seen: f.Seen, Summary: f.Summary, Innocent: f.Innocent,
			Side: string(cmp.Or(f.Side, detectors.ClientSide)),
		}
		if d := detectors.ByID(f.ID); d != nil {
			finding.Cite = d.Cite
		}
		out.Findings = append(out.Findings, finding)
	}
	for _, s := range e.Silent {
		out.Silent = append(out.Silent, Silent(s))
	}
	out.Notes = e.Notes
	for _, s := range e.Symptoms {
		out.Symptoms = append(out.Symptoms, Symptom{s.ID, s.Summary, s.Frames})
	}
	return out
}

func relation(r engine.Relation) Relation {
	out := Relation{Written: r.Sample.Text, Seen: r.Sample.Seen, Relation: r.Relation.String(), Frame: r.Sample.Frame}
	if r.Relation.Comparable() {
		yes := r.Relation.Agrees()
		out.Agrees = &yes
	}
	return out
}

func buildCall(c *engine.Call) Call {
	out := Call{
		CallID: c.CallID, From: c.From, To: c.To, Start: stamp(c.Start), Answered: stamp(c.Answered), End: stamp(c.End),
		State: c.State, Status: c.Status,
	}
	for _, i := range c.Endpoints {
		out.Endpoints = append(out.Endpoints, i+1)
	}
	for _, i := range c.Streams {
		out.Streams = append(out.Streams, i+1)
	}
	for _, s := range c.Symptoms {
		out.Symptoms = append(out.Symptoms, Symptom{s.ID, s.Summary, s.Frames})
	}
	return out
}

func buildStream(id int, s *engine.Stream) Stream {
	st := &s.Stats
	out := Stream{
		ID: id, SSRC: fmt.Sprintf("0x%08x", s.SSRC), Src: addr(s.Src), Dst: addr(s.Dst),
		PayloadType: int(st.PayloadType), Codec: st.Codec, ClockRate: int(st.Clock),
		Packets: int(st.Packets), Expected: int(st.Expected), Lost: int(st.Lost), LossPercent: round(st.LossPercent(), 4),
		Duplicates: int(st.Duplicates), Reordered: int(st.Reordered), BurstRatio: round(st.BurstRatio, 4),
		RFactor: round(s.Quality.R, 2), MOS: round(s.Quality.MOS, 3), Grade: string(s.Grade),
		LongestLossRun: int(st.LongestLoss), PacketTimeMS: round(st.PacketTimeMS, 3), Restarts: int(st.Restarts),
		EventPackets: int(st.Events), ClockAssumed: st.ClockAssumed, Announced: s.Announced,
		Delay: &Delay{TotalMS: round(s.Quality.Input.DelayMS, 3), Source: s.DelayFrom},
	}
	if s.Call != "" {
		out.CallID = &s.Call
	}
	for _, pt := range st.PayloadTypes {
		out.PayloadTypes = append(out.PayloadTypes, int(pt))
	}
	if st.HasTime {
		out.First, out.Last = stamp(st.First), stamp(st.Last)
		out.MaxDeltaMS = number(st.MaxDeltaMS, true)
	}
	out.JitterMS = number(st.JitterMS, st.HasJitter)
	out.MeanJitterMS = number(st.MeanJitterMS, st.HasJitter)
	out.MaxJitterMS = number(st.MaxJitterMS, st.HasJitter)
	out.ClockSkewPPM = number(st.SkewPPM, st.HasSkew)
	out.RTTMS = number(s.RTTMS, s.HasRTT)
	if m := s.Remote; m != nil {
		out.Remote = &Remote{
			LossPercent: round(m.LossPercent, 4), Lost: m.Lost, JitterMS: number(m.JitterMS, m.HasJitter),
			MOSLQ: number(m.MOSLQ, m.MOSLQ > 0), MOSCQ: number(m.MOSCQ, m.MOSCQ > 0),
		}
	}
	return out
}

func buildTotals(t *engine.Totals) Totals {
	return Totals{
		Endpoints: VerdictCounts{
			Confirmed: t.Endpoints[engine.Confirmed], Likely: t.Endpoints[engine.Likely], Possible: t.Endpoints[engine.Possible],
			Inconclusive: t.Endpoints[engine.Inconclusive], Unlikely: t.Endpoints[engine.Unlikely],
			NotApplicable: t.Endpoints[engine.NotApplicable],
		},
		Calls: StateCounts{
			Answered: t.Calls["answered"], Failed: t.Calls["failed"], Cancelled: t.Calls["cancelled"],
			Ringing: t.Calls["ringing"], InProgress: t.Calls["in-progress"],
		},
		Streams: GradeCounts{
			Excellent: t.Streams[rtpstats.Excellent], Good: t.Streams[rtpstats.Good], Fair: t.Streams[rtpstats.Fair],
			Poor: t.Streams[rtpstats.Poor], TooShort: t.Streams[rtpstats.TooShort],
		},
	}
}

func buildHealth(res *engine.Result) Health {
	h := &res.Health
	out := Health{
		SIPMessages: h.SIPMessages, SIPDefective: h.SIPDefective, SIPCopies: h.SIPCopies,
		RTPPackets: h.RTPPackets, RTCPPackets: h.RTCPPackets, STUNPackets: h.STUNPackets,
		Viewpoint: h.Viewpoint.String(), Server: h.Server,
	}
	note := func(format string, args ...any) { out.Notes = append(out.Notes, fmt.Sprintf(format, args...)) }
	tables := make([]string, 0, len(h.Evicted))
	for t := range h.Evicted {
		tables = append(tables, t)
	}
	sort.Strings(tables)
	for _, t := range tables {
		out.Evicted += h.Evicted[t]
		note("the %s table was full: %d entries that had been idle longest were dropped", t, h.Evicted[t])
	}
	out.Notes = append(out.Notes, h.Notes...)
	if len(res.Inputs) > 1 {
		note("there are %d inputs: frame numbers count from 1 in each of them", len(res.Inputs))
	}
	l := &res.LeftOut
	for _, x := range []struct {
		n    int
		what string
	}{
		{l.Calls, "uneventful calls were analysed and counted but are not listed (--keep lists more)"},
		{l.Streams, "streams, those of the best quality, were analysed and counted but are not listed (--keep lists more)"},
		{l.Endpoints, "senders that the server never accepted were counted but are not listed"},
	} {
		if x.n > 0 {
			note("%d %s", x.n, x.what)
		}
	}
	if h.SIPCut > 0 {
		note("%d SIP messages are incomplete (clipped by the snaplen, or cut by lost bytes): what is missing in them was not compared", h.SIPCut)
	}
	if h.SIPUnread > 0 {
		note("%d packets look like SIP but are clipped within the start line: they are not counted as messages", h.SIPUnread)
	}
	assumed := 0
	for i := range res.Streams {
		if res.Streams[i].Stats.ClockAssumed {
			assumed++
		}
	}
	if assumed > 0 {
		note("%d RTP streams have a dynamic payload type that no SDP in the capture explains: their clock rate was estimated", assumed)
	}
	return out
}

// stamp formats ns since the epoch; nil for 0, which stands for never.
func stamp(ns int64) *string {
	if ns == 0 {
		return nil
	}
	s := time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
	return &s
}

func addr(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func number(v float64, ok bool) *float64 {
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = round(v, 6)
	return &v
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
