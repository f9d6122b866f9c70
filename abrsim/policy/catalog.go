package policy

import "trailblazer/abrsim/optimal"

// Description says what a policy is and which parameters its name may carry.
type Description struct {
	Name    string
	Summary string
	// Parameters are in the order in which they are given without a key.
	Parameters []Parameter
	// Privileged policies know the future of the link and need [Worlds].
	Privileged bool
	// Remembers says that the policy carries something from one video to
	// the next, so that their order counts.
	Remembers bool
}

// Descriptions lists all policies, the plain ones first.
func Descriptions() []Description {
	entries := catalog()
	list := make([]Description, len(entries))
	for i, e := range entries {
		list[i] = Description{Name: e.name, Summary: e.summary, Parameters: e.parameters, Privileged: e.privileged, Remembers: e.remembers}
	}
	return list
}

// Names lists the names of all policies.
func Names() []string {
	entries := catalog()
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.name
	}
	return names
}

// entry is one row of the catalog. build gets one value per parameter.
type entry struct {
	name, summary string
	parameters    []Parameter
	privileged    bool
	remembers     bool
	// check says what is wrong with values that are each in range.
	check func(values []float64) string
	build func(values []float64, worlds Worlds) Rule
}

func find(name string) *entry {
	entries := catalog()
	for i := range entries {
		if entries[i].name == name {
			return &entries[i]
		}
	}
	return nil
}

func catalog() []entry {
	return []entry{
		{
			name: "fixed", summary: "always the same level",
			parameters: []Parameter{{Key: "level", Meaning: "level, 0 is the lowest bitrate; beyond the ladder it is the highest", High: 255, Integer: true}},
			build:      func(x []float64, _ Worlds) Rule { return &fixed{level: int(x[0])} },
		},
		{
			name: "random", summary: "any level, all equally likely, drawn from the seed",
			build: func([]float64, Worlds) Rule { return &random{} },
		},
		{
			name: "rate-based", summary: "the highest bitrate below a share of the mean throughput",
			parameters: []Parameter{window(5), {Key: "share", Meaning: "share of the throughput that is used", Default: 1, Low: 0.01, High: 10}},
			build:      func(x []float64, _ Worlds) Rule { return &rateBased{window: int(x[0]), share: x[1]} },
		},
		{
			name: "bba", summary: "level by buffer, linear and truncated, as the reference has it (BBA)",
			parameters: bufferMap(5, 15), check: checkBufferMap,
			build: func(x []float64, _ Worlds) Rule { return &bba{lowS: x[0], highS: x[1]} },
		},
		{
			name: "bba-tuned", summary: "bitrate by buffer on a linear map from 8 to 48 s",
			parameters: bufferMap(8, 48), check: checkBufferMap,
			build: func(x []float64, _ Worlds) Rule { return &bbaTuned{lowS: x[0], highS: x[1]} },
		},
		{
			name: "bba-0", summary: "the same map with the hysteresis of Huang et al. (BBA-0)",
			parameters: bufferMap(8, 48), check: checkBufferMap,
			build: func(x []float64, _ Worlds) Rule { return &bba0{lowS: x[0], highS: x[1]} },
		},
		{
			name: "bola", summary: "Lyapunov drift plus penalty on the buffer (BOLA-BASIC)",
			parameters: bolaParameters(),
			build:      func(x []float64, _ Worlds) Rule { return &bola{gammaP: x[0], targetS: x[1]} },
		},
		{
			name: "bola-finite", summary: "BOLA for videos that end, which does not outrun the throughput (BOLA-FINITE, BOLA-U)",
			parameters: bolaParameters(),
			build:      func(x []float64, _ Worlds) Rule { return &bola{gammaP: x[0], targetS: x[1], finite: true} },
		},
		{
			name: "mpc", summary: "RobustMPC exactly as the reference runs it, faults included", remembers: true,
			build: func([]float64, Worlds) Rule { return &referenceMPC{} },
		},
		{
			name: "robust-mpc", summary: "RobustMPC without the reference's faults, over all plans",
			parameters: []Parameter{horizon(), window(5), {Key: "errors", Meaning: "how many errors the discount looks back", Default: 5, Low: 1, High: mostSamples, Integer: true}},
			build: func(x []float64, _ Worlds) Rule {
				return &mpc{factor: 1, horizon: int(x[0]), window: int(x[1]), errorWindow: int(x[2])}
			},
		},
		{
			name: "mpc-tuned", summary: "model predictive control over all plans on a tuned share of the throughput: the strongest plain rule",
			parameters: []Parameter{
				{Key: "factor", Meaning: "share of the throughput that is planned with", Default: 0.55, Low: 0.01, High: 10},
				window(4), horizon(),
			},
			build: func(x []float64, _ Worlds) Rule {
				return &mpc{factor: x[0], window: int(x[1]), horizon: int(x[2])}
			},
		},
		{
			name: "offline-optimum", summary: "the best plan for a link whose future is known, proven", privileged: true,
			build: func(_ []float64, worlds Worlds) Rule { return offlineOptimum(worlds) },
		},
		{
			name: "offline-beam", summary: "a nearly best plan for a link whose future is known, with bounded effort", privileged: true,
			parameters: []Parameter{{Key: "width", Meaning: "how many partial plans are kept per chunk", Default: optimal.DefaultWidth, Low: 1, High: 1e6, Integer: true}},
			build:      func(x []float64, worlds Worlds) Rule { return offlineBeam(worlds, int(x[0])) },
		},
		{
			name: "offline-horizon", summary: "the best plan for the next chunks on a link whose future is known, made anew for every chunk: the expert that Comyco imitates", privileged: true,
			parameters: []Parameter{{Key: "chunks", Meaning: "how many chunks a plan looks ahead", Default: 8, Low: 1, High: 1e6, Integer: true}},
			build:      func(x []float64, worlds Worlds) Rule { return &offlineHorizon{worlds: worlds, chunks: int(x[0])} },
		},
		{
			name: "offline-table", summary: "the largest value in a table of a link whose future is known", privileged: true,
			parameters: []Parameter{
				{Key: "time", Meaning: "grid of the link's time in seconds", Default: 1, Low: 0.01, High: 3600},
				{Key: "buffer", Meaning: "grid of the buffer in seconds", Default: 1, Low: 0.01, High: 3600},
			},
			build: func(x []float64, worlds Worlds) Rule {
				return newOfflineTable(worlds, optimal.TableOptions{TimeStepS: x[0], BufferStepS: x[1]})
			},
		},
	}
}

func window(n float64) Parameter {
	return Parameter{Key: "window", Meaning: "how many downloads the harmonic mean of the throughput looks back", Default: n, Low: 1, High: mostSamples, Integer: true}
}

func horizon() Parameter {
	return Parameter{Key: "horizon", Meaning: "how many chunks a plan looks ahead", Default: 5, Low: 1, High: mostHorizon, Integer: true}
}

func bufferMap(low, high float64) []Parameter {
	const most = 3600
	return []Parameter{
		{Key: "low", Meaning: "seconds of buffer up to which it is the lowest level", Default: low, High: most},
		{Key: "high", Meaning: "seconds of buffer from which it is the highest level", Default: high, High: most},
	}
}

func checkBufferMap(x []float64) string {
	if x[0] >= x[1] {
		return "where low is not below high"
	}
	return ""
}

func bolaParameters() []Parameter {
	return []Parameter{
		{Key: "gamma-p", Meaning: "weight of standing still against utility", Default: 5, Low: 0, High: 1000},
		{Key: "target", Meaning: "seconds of buffer to stay below; 0 is the player's cap", Default: 0, High: 3600},
	}
}
