package detectors

import "strconv"

// private tells a sibling that arrives with inside addresses.
func (o *Sibling) private() bool {
	return o.Via == InsideOut && (o.Contact == InsideOut || !o.Contact.Comparable())
}

// public tells a sibling whose addresses are its source.
func (o *Sibling) public() bool {
	return public(o.Via) && (public(o.Contact) || !o.Contact.Comparable())
}

// alikePhone tells the same device, or another of the same make.
func alikePhone(ev *Evidence, o *Sibling) bool {
	return o.SameDevice || ev.Family != "" && ev.Family == o.Family || ev.UserAgent != "" && ev.UserAgent == o.UserAgent
}

// overlaps tells that both were there at the same time, give or take a
// registration's lifetime.
func (ev *Evidence) overlaps(o *Sibling) bool {
	const hour = int64(3600e9)
	if len(ev.Log) == 0 {
		return true
	}
	first, last := ev.Log[0].Time, ev.Log[0].LastTime
	for i := range ev.Log {
		last = max(last, ev.Log[i].LastTime)
	}
	return o.First <= last+hour && first <= o.Last+hour
}

// sameNetwork is 1 where both wrote inside addresses of one /24 (or /64), -1
// where they wrote some of different ones, 0 where that can't be told.
func sameNetwork(ev *Evidence, o *Sibling) int {
	if !o.Inside.IsValid() || len(ev.Inside) == 0 {
		return 0
	}
	bits := 24
	if o.Inside.Is6() {
		bits = 64
	}
	net, err := o.Inside.Prefix(bits)
	if err != nil {
		return 0
	}
	for _, in := range ev.Inside {
		if net.Contains(in) {
			return 1
		}
	}
	return -1
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }

// viaSample is the first Via of the kind that most messages have.
func viaSample(ev *Evidence) Sample { return ev.Fields[Via].First(ev.Fields[Via].Majority()) }
