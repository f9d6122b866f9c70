package online

// Default is a config without stages, environments or a scenario.
func Default() *Config {
	return &Config{
		Seed: 1, Environments: 32, Copies: 1,
		Model:     Model{Preset: "mlp"},
		Critic:    Critic{Width: 128, Layers: 2},
		Normalise: 50,
		// The eps is that of the published implementations of PPO (Huang et al.,
		// "The 37 Implementation Details of Proximal Policy Optimization", 2022),
		// and so is the bound on the norm.
		Optimizer:  Optimizer{Beta1: 0.9, Beta2: 0.999, Eps: 1e-5, ClipNorm: 0.5},
		Curriculum: defaultCurriculum(),
		Validation: Validation{Every: 25},
		Record:     Record{Every: 1, MaxSteps: 1 << 20},
		LogEvery:   1, SaveSeconds: 20,
	}
}

// defaultStage is a stage of an algorithm that nobody has said more of. The
// numbers of PPO are those that are usual for it (Schulman et al., 2017, and
// Huang et al., 2022), those of DAgger what did well in ABR.
func defaultStage(algorithm string) Stage {
	s := Stage{
		Algorithm: algorithm, Iterations: 100, Temperature: 1,
		Rate: Range{1e-3, 2e-4, kindCosine}, CriticRate: Range{1e-3, 1e-3, kindLinear},
		Entropy: Range{0, 0, kindLinear}, Reward: Reward{Kind: RewardEnvironment, Scale: 1}, Baseline: BaselineCritic,
		Beta: Range{0, 0, kindLinear}, LabelShare: 1,
	}
	switch algorithm {
	case DAgger:
		s.Steps, s.Replay, s.Updates, s.Batch = 48, 60, 16, 2048
	case PPO:
		s.Steps, s.Epochs, s.Minibatch, s.Gamma, s.Lambda, s.Clip = 128, 4, 2048, 0.99, 0.95, 0.2
		s.Rate, s.Entropy = Range{3e-4, 2e-5, kindCosine}, Range{0.01, 0.0005, kindLinear}
	case A2C:
		s.Steps, s.Epochs, s.Gamma, s.Lambda = 48, 1, 0.99, 1
		s.Entropy = Range{0.1, 0.01, kindLinear}
	}
	return s
}
