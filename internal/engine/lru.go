package engine

// lru is a list in order of use. The items carry their own links, so moving
// one to the front allocates nothing.
type lru[T any] struct {
	head, tail *lruItem[T] // head: used last
	n          int
}

type lruItem[T any] struct {
	prev, next *lruItem[T]
	v          *T
}

func (l *lru[T]) push(it *lruItem[T]) {
	it.prev, it.next = nil, l.head
	if l.head != nil {
		l.head.prev = it
	} else {
		l.tail = it
	}
	l.head = it
	l.n++
}

func (l *lru[T]) remove(it *lruItem[T]) {
	if it.prev != nil {
		it.prev.next = it.next
	} else {
		l.head = it.next
	}
	if it.next != nil {
		it.next.prev = it.prev
	} else {
		l.tail = it.prev
	}
	it.prev, it.next = nil, nil
	l.n--
}

func (l *lru[T]) touch(it *lruItem[T]) {
	if l.head != it {
		l.remove(it)
		l.push(it)
	}
}

// oldest returns the item used longest ago, or nil.
func (l *lru[T]) oldest() *T {
	if l.tail == nil {
		return nil
	}
	return l.tail.v
}
