package engine

import "strings"

// Vendor is how the SIP ALG of one make of router or firewall is switched off.
type Vendor struct {
	Name  string
	words []string // in lower case, any of which in a Finding's Vendor means this one
	Steps string
}

// Vendors lists the makes whose steps are known, from their own manuals or
// from providers that walk their customers through it.
func Vendors() []Vendor { return append([]Vendor(nil), vendors...) }

var vendors = []Vendor{
	{
		"FortiGate (FortiOS)",
		[]string{"fortios", "fortigate", "fortinet"},
		`"config system settings": "set sip-expectation disable" (before 6.2.2 "set sip-helper disable"), "set sip-nat-trace disable", ` +
			`"set default-voip-alg-mode kernel-helper-based", "end"; "config system session-helper": "show", find the entry named sip (often 13) and "delete" it, "end"; ` +
			`in "config voip profile", "edit default", "config sip": "set status disable". A policy with a VoIP profile uses the ALG whatever the default mode is. ` +
			`Clear the sessions or restart, then register the phones anew`,
	},
	{
		"siproxd (pfSense, OPNsense and small routers)",
		[]string{"siproxd"},
		"remove or stop the siproxd package; pf itself has no SIP ALG. For the phones set outbound NAT to hybrid with static ports, and conservative state timeouts",
	},
	{
		"Linux netfilter (OpenWrt, DD-WRT, VyOS and most home routers)",
		[]string{"linux", "nf_nat_sip", "netfilter", "openwrt"},
		`unload the helper ("modprobe -r nf_nat_sip nf_conntrack_sip", blacklist both) and remove the rule that attaches it; on OpenWrt remove kmod-nf-nathelper-extra, ` +
			`or set auto_helper to 0 on the LAN and WAN zones`,
	},
	{
		"Broadcom xDSL and fibre boxes (Technicolor, ZyXEL, Comtrend, Sagemcom, D-Link DSL)",
		[]string{"broadcom"},
		"look under NAT or Advanced Setup for ALG and untick SIP; Technicolor by telnet: connection unbind application=SIP port=5060, then saveall",
	},
	{"MikroTik RouterOS", []string{"mikrotik", "routeros"}, `"/ip firewall service-port set sip disabled=yes", then drop the connections of port 5060 or restart`},
	{"Ubiquiti EdgeRouter, Vyatta", []string{"edgerouter", "edgeos", "vyatta"}, `"configure", "set system conntrack modules sip disable", "commit", "save"`},
	{"VyOS 1.4 and later", []string{"vyos"}, `"delete system conntrack modules sip", "commit", "save"`},
	{"Juniper SRX (Junos)", []string{"junos", "juniper", "screenos"}, `"set security alg sip disable", "commit"; check with "show security alg status | match sip"`},
	{"Cisco IOS", []string{"cisco ios", "ios-xe"}, `"no ip nat service sip udp port 5060", "no ip nat service sip tcp port 5060", then "clear ip nat translation *"`},
	{"Cisco ASA, FTD", []string{"cisco asa", "cisco pix", "firepower"}, `"policy-map global_policy", "class inspection_default", "no inspect sip", then "clear conn port 5060"; FTD the same through FlexConfig`},
	{"SonicWall", []string{"sonicwall"}, "VoIP > Settings (SonicOS 7: Network > VoIP > Settings): untick Enable SIP Transformations, tick Enable Consistent NAT; raise the UDP timeout of the LAN to WAN rule to 300 s"},
	{"WatchGuard", []string{"watchguard"}, "remove the SIP-ALG policy, add a packet filter for UDP 5060 and the RTP range"},
	{"Palo Alto PAN-OS", []string{"palo alto", "pan-os"}, `"set shared alg-override application sip alg-disabled yes", commit`},
	{"Check Point SMB", []string{"check point", "checkpoint"}, "SmartDefense > SIP Protocol Handler: Disabled"},
	{"Sophos XG, SFOS", []string{"sophos"}, `console: "system system_modules sip unload", and "set advanced-firewall udp-timeout-stream 150"`},
	{"Barracuda", []string{"barracuda"}, "disable the rules LAN-2-INTERNET-SIP and INTERNET-2-LAN-SIP"},
	{"128T, Session Smart Router", []string{"128t", "session smart"}, `"sip-alg NAME enabled false", or remove the plugin`},
	{"Adtran AOS", []string{"adtran"}, `"no ip firewall alg sip"`},
	{"Asus", []string{"asus"}, "WAN > NAT Passthrough > SIP Passthrough: Disable"},
	{"TP-Link", []string{"tp-link"}, "Advanced > NAT Forwarding (or NAT > ALG): untick SIP ALG"},
	{"Netgear", []string{"netgear"}, "Advanced > Setup > WAN Setup: tick Disable SIP ALG"},
	{"D-Link", []string{"d-link"}, "Advanced > Firewall Settings > ALG: untick SIP"},
	{"Linksys", []string{"linksys"}, "Administration > Advanced (or Connectivity > Administration > ALG): untick SIP"},
	{"ZyXEL", []string{"zyxel"}, "Network > NAT > ALG: untick SIP ALG; USG and ATP: Configuration > Network > ALG, untick SIP ALG and SIP Transformations"},
	{"DrayTek", []string{"draytek"}, "NAT > ALG: SIP off"},
	{"Huawei HG", []string{"huawei"}, "Settings > Security > SIP ALG Settings: untick, Apply"},
	{"Keenetic", []string{"keenetic"}, "remove the component SIP ALG (Application-Layer Gateway)"},
	{"2Wire", []string{"2wire"}, "http://192.168.1.254/mdc > Configure Services: untick SIP ALG"},
	{"Billion", []string{"billion"}, "Configuration > NAT > ALG: disable SIP"},
	{"BT HomeHub", []string{"homehub"}, "it can't be switched off: use TLS, another server port, or another router"},
	{"Microsoft ISA, TMG", []string{"tmg", "microsoft isa"}, "disable the SIP filter"},
}

// vendorSteps finds the steps for a vendor that a finding names.
func vendorSteps(name string) (Vendor, bool) {
	name = strings.ToLower(name)
	if name == "" {
		return Vendor{}, false
	}
	for _, v := range vendors {
		for _, w := range v.words {
			if strings.Contains(name, w) {
				return v, true
			}
		}
	}
	return Vendor{}, false
}
