package policy

// newCriticalPath serves jobs as shortest-job-first does, and within a job the
// stage first from which the longest path of work leads to the job's end, of
// those on the frontier. Source: the SJF-CP baseline of Decima (Mao et al.,
// SIGCOMM 2019, section 7.1).
func newCriticalPath(share float64) *shortest {
	return &shortest{cap: share, stage: new(paths).longest}
}
