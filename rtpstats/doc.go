// Package rtpstats does the receiver's arithmetic of RFC 3550 on RTP as seen
// at the capture point: sequence validity and loss (A.1, A.3), interarrival
// jitter (A.8), and from them the burst ratio, the E-model's R factor and an
// estimate of MOS (ITU-T G.107). It also reads RTCP.
//
// Timestamps and sequence numbers are kept as the unsigned integers they are;
// nothing here does float arithmetic on raw 32-bit timestamps.
package rtpstats
