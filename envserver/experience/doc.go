// Package experience serves data sets over RPC: it lists and describes them,
// adds episodes that agents have played elsewhere, and hands out batches.
//
// Its one noun: a [Service], made with [New] over a store.Store, which it
// shares with whoever else adds to the data sets. Its Mount goes into the
// Services of a server's options.
//
// Batches are those of package sample: the same query gives the same bytes
// whether files are read or a server is asked. Where calls bear tokens, owners
// see their own data sets and those that are there for all, as package store
// says.
package experience
