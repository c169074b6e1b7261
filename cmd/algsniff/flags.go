package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// choice is a flag whose value is one of a few words.
type choice struct {
	value string
	words []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.words, "|") }

// Set takes a word of the list.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return errors.New("not one of its values")
	}
	c.value = s
	return nil
}

func (c *choice) hint(given string) string {
	if near := nearest(given, c.words); near != "" {
		return "did you mean " + near + "?"
	}
	last := len(c.words) - 1
	return "choose " + strings.Join(c.words[:last], ", ") + " or " + c.words[last]
}

// prefixes is a flag that collects networks; a lone address is one of a single host.
type prefixes []netip.Prefix

func (p *prefixes) String() string  { return "" }
func (p *prefixes) Type() string    { return "NET" }
func (p *prefixes) Example() string { return "192.168.1.0/24" }

// Set takes networks separated by commas.
func (p *prefixes) Set(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			addr, aerr := netip.ParseAddr(part)
			if aerr != nil {
				return errors.New("not a network")
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return errors.New("write the IPv4 network as such")
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}

// servers is a flag that collects addresses, each with or without a port.
type servers []netip.AddrPort

func (s *servers) String() string  { return "" }
func (s *servers) Type() string    { return "ADDR[:PORT]" }
func (s *servers) Example() string { return "198.51.100.10:5060" }

// Set takes addresses separated by commas; port 0 stands for every port.
func (s *servers) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		ap, err := netip.ParseAddrPort(part)
		if err != nil {
			addr, aerr := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(part, "["), "]"))
			if aerr != nil {
				return errors.New("not an IP address")
			}
			ap = netip.AddrPortFrom(addr, 0)
		}
		if ap.Addr().IsUnspecified() {
			return fmt.Errorf("%s is no host's address", ap.Addr())
		}
		*s = append(*s, netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port()))
	}
	return nil
}
