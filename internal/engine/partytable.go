package engine

import "math/bits"

// partyTable finds parties by key. A map with the key's 56 bytes in it costs
// more cache misses than all else that is done with a message's addresses, so
// the map holds hashes, and parties of equal hash are chained.
type partyTable struct {
	m map[uint64]*party
	n int
}

func (k *partyKey) hash() uint64 {
	hi, lo := bits.Mul64(k.src.Lo^k.src.Hi<<7^0x9e3779b97f4a7c15, k.dst.Lo^k.dst.Hi<<9^0xbf58476d1ce4e5b9)
	y := uint64(k.src.Port)<<48 | uint64(k.dst.Port)<<32 | uint64(k.proto)
	hi, lo = bits.Mul64(hi^lo^y, y^0x94d049bb133111eb)
	return hi ^ lo
}

// find returns the party of a key, or nil.
func (t *partyTable) find(k *partyKey) *party {
	p := t.m[k.hash()]
	for p != nil && p.key != *k {
		p = p.sameHash
	}
	return p
}

// add puts in a party that find did not find.
func (t *partyTable) add(p *party) {
	if t.m == nil {
		t.m = map[uint64]*party{}
	}
	h := p.key.hash()
	p.sameHash = t.m[h]
	t.m[h] = p
	t.n++
}

func (t *partyTable) remove(p *party) {
	h := p.key.hash()
	if first := t.m[h]; first != p {
		for first.sameHash != p {
			first = first.sameHash
		}
		first.sameHash = p.sameHash
	} else if p.sameHash != nil {
		t.m[h] = p.sameHash
	} else {
		delete(t.m, h)
	}
	p.sameHash = nil
	t.n--
}

// all returns the parties in no order.
func (t *partyTable) all() []*party {
	list := make([]*party, 0, t.n)
	for _, p := range t.m {
		for ; p != nil; p = p.sameHash {
			list = append(list, p)
		}
	}
	return list
}
