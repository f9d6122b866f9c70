package measure

import "time"

// Pace is how often reports and decisions come.
type Pace struct {
	reports, decisions interval
}

// interval is a smoothed time between events.
type interval struct {
	last, mean time.Duration
	events     int
}

// longest is the longest time between two events that counts; a longer one is
// an outage, not the pace.
const longest = time.Second

func (i *interval) add(at time.Duration) {
	gap := min(max(at-i.last, 0), longest)
	i.last = at
	i.events = min(i.events+1, 3)
	switch i.events {
	case 1:
	case 2:
		i.mean = gap
	default:
		i.mean += (gap - i.mean) / 8
	}
}

// OnReport and OnDecide tell of the events.
func (p *Pace) OnReport(at time.Duration) { p.reports.add(at) }

// OnDecide is OnReport for decisions.
func (p *Pace) OnDecide(at time.Duration) { p.decisions.add(at) }

// Known reports whether there have been two of each.
func (p *Pace) Known() bool { return p.reports.events > 1 && p.decisions.events > 1 }

// Report and Decision are the smoothed intervals; 0 while unknown.
func (p *Pace) Report() time.Duration { return p.reports.mean }

// Decision is Report for decisions.
func (p *Pace) Decision() time.Duration { return p.decisions.mean }
