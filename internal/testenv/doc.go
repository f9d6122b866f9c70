// Package testenv holds small environments for tests of whatever serves,
// drives or records environments.
//
// [Catalog] offers three: Walk has Box and Discrete actions, a Dict
// observation with a ragged leaf, and snapshots; Flat looks like adaptive
// bitrate streaming (a 6x6 observation, one choice, eleven numbers of info);
// Plain is Flat without snapshots. Hooks of the catalog let a test block a
// step or make it panic. [OpenFactory] opens those of an adapter's library.
package testenv
