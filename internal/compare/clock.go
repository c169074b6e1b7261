package compare

import (
	"cmp"
	"slices"
	"sort"
)

// clock is how much later the same moment is by the clock of the second
// capture than by that of the first. It is known from messages that can't be
// mistaken; between them a clock may drift, or be set.
type clock struct {
	points []point // by time of the first capture
}

type point struct{ at, ahead int64 }

// around is how many points on either side of a moment have a say.
const around = 4

func (c *clock) known() bool { return len(c.points) > 0 }

// anchors takes the groups of one message on either side, or where there is
// none those of equally many.
func anchors(list []*group) *clock {
	c := &clock{}
	for _, single := range [...]bool{true, false} {
		for _, g := range list {
			if len(g.as) != len(g.bs) || single && len(g.as) != 1 {
				continue
			}
			for i := range g.as {
				if a, b := g.as[i], g.bs[i]; !a.noTime && !b.noTime {
					c.points = append(c.points, point{a.time, b.time - a.time})
				}
			}
		}
		if c.known() {
			break
		}
	}
	slices.SortFunc(c.points, func(x, y point) int { return cmp.Compare(x.at, y.at) })
	return c
}

// ahead is the median of the points around a moment of the first capture.
func (c *clock) ahead(at int64) int64 {
	i := sort.Search(len(c.points), func(i int) bool { return c.points[i].at >= at })
	from, to := max(i-around, 0), min(i+around+1, len(c.points))
	var near [2*around + 1]int64
	n := 0
	for _, p := range c.points[from:to] {
		near[n] = p.ahead
		n++
	}
	slices.Sort(near[:n])
	return near[n/2]
}

// apart is how much later than expected b came, if that can be told.
func (c *clock) apart(a, b *message) (ns int64, ok bool) {
	if a.noTime || b.noTime || !c.known() {
		return 0, false
	}
	return b.time - a.time - c.ahead(a.time), true
}

// nearer tells whether the two are less apart than others are.
func (c *clock) nearer(a, b *message, than int64) bool {
	apart, ok := c.apart(a, b)
	return ok && abs(apart) < abs(than)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// median returns 0 for none. It sorts the list.
func median(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// turn exchanges the two captures.
func (c *clock) turn() {
	for i, p := range c.points {
		c.points[i] = point{p.at + p.ahead, -p.ahead}
	}
	slices.SortFunc(c.points, func(x, y point) int { return cmp.Compare(x.at, y.at) })
}
