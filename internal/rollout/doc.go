// Package rollout plays policies in an environment and reports how they did.
//
// Its nouns: a [Source] makes environments and policies, here or on a server;
// an [Actor] is a policy in an environment; a [Report] knows what one family of
// environments measures, a [Recorder] also how its episodes are drawn; [Run]
// plays episodes on all cores and returns a [Result]; [Play] returns what was
// measured of every [Episode] instead. Results don't depend on the number of
// cores.
package rollout
