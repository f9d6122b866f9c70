package feature

import "time"

// ninetyFifth is which of count values, counted from the smallest as 1, is the
// first that 95 % of them do not exceed.
func ninetyFifth(count int) int { return (95*count + 99) / 100 }

// largest keeps the largest of the values that were added, up to a number of
// them: a heap with the least of those in front.
type largest struct {
	values []time.Duration
	keep   int
}

// reset forgets all, and keeps so many values from now on, at least one.
func (l *largest) reset(keep int) { l.values, l.keep = l.values[:0], keep }

// least is that of the values that are kept.
func (l *largest) least() time.Duration { return l.values[0] }

func (l *largest) add(value time.Duration) {
	v := l.values
	if len(v) == l.keep {
		if value <= v[0] {
			return
		}
		i := 0
		for {
			child := 2*i + 1
			if child >= len(v) {
				break
			}
			if child+1 < len(v) && v[child+1] < v[child] {
				child++
			}
			if value <= v[child] {
				break
			}
			v[i] = v[child]
			i = child
		}
		v[i] = value
		return
	}
	v = append(v, value)
	i := len(v) - 1
	for i > 0 && v[(i-1)/2] > value {
		v[i] = v[(i-1)/2]
		i = (i - 1) / 2
	}
	v[i] = value
	l.values = v
}
