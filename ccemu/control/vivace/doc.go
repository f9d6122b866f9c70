// Package vivace is PCC Vivace, of Dong and others, "PCC Vivace:
// Online-Learning Congestion Control" (NSDI 2018), with its latency-aware
// utility.
//
// A [Controller] sends at one rate for a monitor interval, then sees from the
// reports what utility that rate has had. It doubles its rate while utility
// grows; from then on it tries a rate a little higher and one a little lower,
// and moves along the gradient of utility between them, faster the longer the
// direction stays.
package vivace
