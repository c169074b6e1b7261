package detectors

import (
	"bytes"
	"net/netip"

	"github.com/algsniff/algsniff/sipparse"
)

// vendorMark knows the traces that a product leaves by design.
var vendorMark = Detector{
	ID:    "vendor-mark",
	Title: "A trace that only a known product leaves",
	Cite:  "FortiOS Administration Guide, \"SIP NAT trace\"; siproxd siproxd.conf, \"plugin_fix_loops\" and ua_string",
	Says: "FortiOS writes the original o= address into an i= line of the SDP it translates, \"i=(o=IN IP4 192.168.1.10)\", unless its NAT trace is switched off. " +
		"No phone writes this. It names the vendor and the phone's private address. siproxd, a SIP proxy for home routers, appends its name to Call-IDs " +
		"or puts it in User-Agent.",
	Guards: "The address in the FortiOS mark must be an inside address. It is proof for a phone that registers here, or whose SDP c= is the very source of its " +
		"packets; a carrier may pass on what a firewall far behind it wrote. An address of the server itself accuses the server's firewall. siproxd is reported as a proxy and is no proof: it may be wanted there.",
	Innocent: "a session description that was passed on by a PBX behind the mark",
	Classes:  []Class{Proof, Strong},
	Groups:   []Group{Structure},
	Needs:    needsRouterBetween,
	Message:  noteVendorMark,
	Check:    checkVendorMark,
}

var (
	fortiMark   = []byte("(o=IN IP")
	siproxdMark = []byte("-siproxd")
	siproxdName = []byte("siproxd")
)

func noteVendorMark(c *Context, m *sipparse.Message, note Note) {
	if c.SDP != nil && c.SDP.Info != nil {
		noteForti(c, note)
	}
	if !m.Request {
		return
	}
	if id := m.CallID(); bytes.Contains(id, siproxdMark) {
		note("siproxd", "", "Call-ID: "+string(id))
	} else if ua := m.UserAgent(); len(ua) > 0 && ua[0]|0x20 == 's' && len(ua) >= len(siproxdName) && bytes.EqualFold(ua[:len(siproxdName)], siproxdName) {
		note("siproxd", "", "User-Agent: "+string(ua))
	}
}

func noteForti(c *Context, note Note) {
	_, rest, ok := bytes.Cut(c.SDP.Info, fortiMark)
	if !ok || len(rest) < 3 || rest[0] != '4' && rest[0] != '6' || rest[1] != ' ' {
		return
	}
	addr, _, ok := bytes.Cut(rest[2:], []byte{')'})
	if !ok {
		return
	}
	ip := sipparse.ParseHost(addr).IP
	if !Inside(ip) {
		return
	}
	side, key := ClientSide, "fortios passed on"
	switch {
	case ip.Unmap() == c.Server.Addr().Unmap():
		side = ServerSide
		key = "fortios"
	case mediaIP(c.SDP) == c.Source.Addr().Unmap():
		key = "fortios"
	}
	note(keyOf(side, key), "", "i="+string(c.SDP.Info))
}

// mediaIP is the address of the first m= line.
func mediaIP(d *sipparse.SDP) netip.Addr {
	if len(d.Media) > 0 && d.Media[0].Conn.Raw != nil {
		return d.Media[0].Conn.Host.IP.Unmap()
	}
	return d.Conn.Host.IP.Unmap()
}

func checkVendorMark(ev *Evidence) (out []Finding) {
	for _, o := range ev.Of("vendor-mark") {
		_, key := sideOf(o.Key)
		f := o.finding(Proof, Structure, 0)
		f.Innocent = "a session description that was passed on by a PBX behind the mark"
		switch key {
		case "fortios passed on":
			if ev.Registers == 0 {
				f.Class, f.DB = Strong, 10
			}
			fallthrough
		case "fortios":
			f.Vendor = "fortinet"
			f.Summary = "the SDP carries the mark of a FortiGate that translated it, with the address that stood there before"
		case "siproxd":
			f = o.finding(Strong, Structure, 10)
			f.Side, f.Vendor = ProxySide, "siproxd"
			f.Summary = "the request carries the name of siproxd, a masquerading SIP proxy"
			f.Innocent = "the proxy is there on purpose"
		default:
			continue
		}
		out = append(out, f)
	}
	return out
}
