// Package control has congestion controllers by name: a [Description] says
// what each is, and [New] makes it. They see the network through package
// feedback only.
//
// Those that are more than a few lines have packages of their own: gcc, nada,
// scream, bbr, copa and vivace. Some were designed to gate every packet with a
// congestion window; here a window becomes the rate that keeps it full, window
// over round-trip time, because a media sender follows a rate.
//
// All decide for rates from 10 kbps to 10 Gbps, and repeat the sender's own
// rate until reports tell them more. None raises its estimate because of rates
// that the application never sent.
package control
