// Package metric measures congestion control as the paper does: how well
// bandwidth is predicted ([APE], eq. 7, gathered in [Errors] and summed up in a
// [Summary]), how often video stalls ([StallRate], eq. 8), and by how much less
// than with another policy ([Reduction], eq. 9).
//
// It also has the rule by which the paper's scheduler spares the language model
// ([Good]), the label of a path that others share ([Available]), and the delay
// of requests at a server that works in batches ([BatchServer]).
//
// All errors, rates and shares are fractions, not percent.
package metric
