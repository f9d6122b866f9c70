// Package bbr is BBR, version 1, of Cardwell and others, "BBR:
// Congestion-Based Congestion Control" (ACM Queue, 2016) and
// draft-cardwell-iccrg-bbr-congestion-control-00, with the delivery-rate
// samples of draft-cheng-iccrg-delivery-rate-estimation-00.
//
// A [Controller] models the path by its bottleneck bandwidth, the greatest
// delivery rate of ten round trips, and its round-trip time, the least of ten
// seconds. It sends at a gain times the bandwidth, and gains change by phase:
// it starts up until the bandwidth grows no more, drains the queue that this
// has made, then cycles through gains around 1, and every ten seconds without a
// new least round-trip time lets the queue run empty to measure it.
//
// A media sender follows a rate, not a window, and hears of its effect report
// by report; so round trips are those of that loop, and each phase of the cycle
// takes one. BBR's window cuts the rate when more than it is on its way.
package bbr
