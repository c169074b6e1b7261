package engine

import (
	"fmt"
	"strings"

	"github.com/algsniff/algsniff/detectors"
)

const (
	adviceNAT = "nothing to change on the router; on the server: rtp_symmetric, force_rport, rewrite_contact and qualify for this endpoint"

	adviceContact = "set external_signaling_address, external_media_address and local_net of the server's transport: it stands behind a NAT itself"

	adviceOff = "on the phone's router switch off SIP ALG (also called SIP helper, passthrough, inspection or transformations), restart the router and then the phone, " +
		"and run algsniff again: its private addresses should come back. Where it can't be switched off: SIP over TLS, another server port than 5060, or the router in bridge mode"

	adviceServer = "nothing to change at the phone: switch off SIP ALG (SIP helper, inspection) on the router or firewall in front of our own server, or in the server's own kernel " +
		"(lsmod | grep nf_nat_sip), restart it, and run algsniff again"
)

// Guidance is what to do about an ALG whose maker is not known.
func Guidance() string { return adviceOff }

// switchOff names the steps: those of the maker where a finding tells him.
func (out *Endpoint) switchOff() string {
	for i := range out.Findings {
		f := &out.Findings[i]
		if f.Vendor == "" || f.Side == detectors.ServerSide {
			continue
		}
		out.Vendor = f.Vendor
		if v, ok := vendorSteps(f.Vendor); ok {
			return "on the phone's router, by its marks " + v.Name + ": " + v.Steps
		}
	}
	return adviceOff
}

// settle names the one capture that would settle an open case.
func (d *device) settle(out *Endpoint) string {
	ev := d.ev
	site := "the same registration"
	if len(out.Sources) > 0 {
		site += " from " + out.Sources[0].Addr().String()
	}
	switch {
	case ev.Viewpoint == detectors.FromClient:
		return "capture the same registration on the server as well, and compare the two (algsniff compare PHONE.pcap SERVER.pcap)"
	case ev.OneWay:
		return "capture both directions at the server, with a registration and an OPTIONS of the server (qualify_frequency)"
	case d.proxied():
		return "capture between that proxy and the phone"
	case ev.Transport == "udp" && ev.ServerPort == 5060 && len(ev.Of("echo")) == 0 && ev.Echoes == 0:
		return "let the server send it an OPTIONS (qualify_frequency) and capture the answer: whether To comes back as it was sent tells most ALGs; " +
			"or capture " + site + " on the phone's side of the router and compare"
	}
	return fmt.Sprintf("capture %s on the phone's side of the router, and compare it with this one (algsniff compare PHONE.pcap SERVER.pcap)", site)
}

// serverNote tells once for the capture of an ALG in front of the server.
func serverNote(ids []string, networks int, frames []int) string {
	var list []string
	for i, f := range frames {
		if i == 3 {
			break
		}
		list = append(list, fmt.Sprint(f))
	}
	from := "one client network"
	if networks > 1 {
		from = fmt.Sprintf("%d client networks", networks)
	}
	return fmt.Sprintf("something in front of our own server rewrites SIP: %s, seen with clients from %s (frames %s). It is one box for all of them; the clients' routers are not blamed for it",
		strings.Join(ids, ", "), from, strings.Join(list, ", "))
}
