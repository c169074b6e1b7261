package capture

import (
	"slices"
	"strconv"
)

// linkNames are the names that tcpdump -L gives.
var linkNames = [...]struct {
	link LinkType
	name string
}{
	{0, "NULL"},
	{1, "EN10MB"},
	{3, "AX25"},
	{6, "IEEE802"},
	{7, "ARCNET"},
	{8, "SLIP"},
	{9, "PPP"},
	{10, "FDDI"},
	{12, "RAW"},
	{14, "RAW"},
	{50, "PPP_SERIAL"},
	{51, "PPP_ETHER"},
	{100, "ATM_RFC1483"},
	{101, "RAW"},
	{104, "C_HDLC"},
	{105, "IEEE802_11"},
	{107, "FRELAY"},
	{108, "LOOP"},
	{109, "ENC"},
	{113, "LINUX_SLL"},
	{114, "LTALK"},
	{117, "PFLOG"},
	{119, "PRISM_HEADER"},
	{122, "IP_OVER_FC"},
	{123, "SUNATM"},
	{127, "IEEE802_11_RADIO"},
	{129, "ARCNET_LINUX"},
	{130, "JUNIPER_MLPPP"},
	{131, "JUNIPER_MLFR"},
	{132, "JUNIPER_ES"},
	{133, "JUNIPER_GGSN"},
	{134, "JUNIPER_MFR"},
	{135, "JUNIPER_ATM2"},
	{136, "JUNIPER_SERVICES"},
	{137, "JUNIPER_ATM1"},
	{138, "APPLE_IP_OVER_IEEE1394"},
	{139, "MTP2_WITH_PHDR"},
	{140, "MTP2"},
	{141, "MTP3"},
	{142, "SCCP"},
	{143, "DOCSIS"},
	{144, "LINUX_IRDA"},
	{147, "USER0"},
	{163, "IEEE802_11_RADIO_AVS"},
	{166, "PPP_PPPD"},
	{169, "GPRS_LLC"},
	{178, "JUNIPER_ETHER"},
	{179, "JUNIPER_PPP"},
	{180, "JUNIPER_FRELAY"},
	{181, "JUNIPER_CHDLC"},
	{187, "BLUETOOTH_HCI_H4"},
	{189, "USB_LINUX"},
	{192, "PPI"},
	{195, "IEEE802_15_4"},
	{201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
	{204, "PPP_WITH_DIR"},
	{205, "C_HDLC_WITH_DIR"},
	{206, "FRELAY_WITH_DIR"},
	{220, "USB_LINUX_MMAPPED"},
	{224, "FC_2"},
	{226, "IPNET"},
	{227, "CAN_SOCKETCAN"},
	{228, "IPV4"},
	{229, "IPV6"},
	{230, "IEEE802_15_4_NOFCS"},
	{231, "DBUS"},
	{239, "NFLOG"},
	{240, "NETANALYZER"},
	{241, "NETANALYZER_TRANSPARENT"},
	{242, "IPOIB"},
	{247, "INFINIBAND"},
	{248, "SCTP"},
	{249, "USBPCAP"},
	{252, "WIRESHARK_UPPER_PDU"},
	{253, "NETLINK"},
	{254, "BLUETOOTH_LINUX_MONITOR"},
	{258, "PKTAP"},
	{259, "EPON"},
	{274, "ETHERNET_MPACKET"},
	{276, "LINUX_SLL2"},
}

// String returns tcpdump's name of the link type (EN10MB, LINUX_SLL2), else
// "LINKTYPE_" and the number.
func (l LinkType) String() string {
	for i := range linkNames {
		if linkNames[i].link == l {
			return linkNames[i].name
		}
	}
	if l == noLink {
		return "unknown"
	}
	return "LINKTYPE_" + strconv.FormatUint(uint64(l), 10)
}

// maxLinkTypes bounds what is listed of one input.
const maxLinkTypes = 32

// addLink notes a link type of the input, once.
func (in *Input) addLink(l LinkType) {
	if name := l.String(); len(in.LinkTypes) < maxLinkTypes && !slices.Contains(in.LinkTypes, name) {
		in.LinkTypes = append(in.LinkTypes, name)
	}
}
