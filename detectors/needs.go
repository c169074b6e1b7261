package detectors

// needsServerView tells why nothing can be said about what a router does to
// what the endpoint writes: the capture does not stand behind that router.
func needsServerView(ev *Evidence) string {
	switch {
	case ev.Viewpoint == FromClient:
		return "captured on the phone's side of the router"
	case !ev.Source.IsValid():
		return "the source address is not known"
	}
	return ""
}

// needsPublicSource tells why "public" means nothing for this endpoint.
func needsPublicSource(ev *Evidence) string {
	if why := needsServerView(ev); why != "" {
		return why
	}
	if Classify(ev.Source.Addr()) != Public {
		return "its source is not a public address"
	}
	return ""
}

// needsNAT adds that without a NAT everybody writes his source.
func needsNAT(ev *Evidence) string {
	if why := needsPublicSource(ev); why != "" {
		return why
	}
	if !ev.HasNAT() {
		return "no sign of a NAT"
	}
	return ""
}

// needsUDP is for what only NAT bindings of datagrams do.
func needsUDP(ev *Evidence) string {
	if why := needsPublicSource(ev); why != "" {
		return why
	}
	if ev.Transport != "udp" {
		return "not UDP"
	}
	return ""
}

// needsSite is for what is held against other phones at the same address.
func needsSite(ev *Evidence) string {
	if why := needsPublicSource(ev); why != "" {
		return why
	}
	if len(ev.Site) == 0 {
		return "one phone only at this address"
	}
	return ""
}
