package abrsim

// Noise draws the factor of a download. mt19937's RNG is one, and so is
// anything else that draws uniformly from [low, high).
type Noise interface {
	Uniform(low, high float64) float64
}

// Player plays one video: a [State] that moves. Copying a Player forks it,
// except for its noise source. It is not safe for concurrent use.
type Player struct {
	World *World
	State State
	// Noise draws a factor from Config.NoiseLow to NoiseHigh for every
	// download. Where it is nil, or the config has no noise, nothing is
	// drawn. The source may be shared with others, as the reference's is
	// with its policy.
	Noise Noise
}

// NewPlayer is a player before the first chunk, with the link at c.
func NewPlayer(w *World, c Cursor) *Player { return &Player{World: w, State: w.Start(c)} }

// Download fetches the next chunk at a level. The errors are those of
// [World.Step]; on one nothing changes and nothing is drawn.
func (p *Player) Download(level int) (Chunk, error) {
	noise := 1.0
	if p.Noise != nil && p.World.noisy {
		if level < 0 || level >= p.World.levels || p.World.Done(p.State) {
			return Chunk{}, p.World.refuse(p.State, level, noise)
		}
		noise = p.Noise.Uniform(p.World.config.NoiseLow, p.World.config.NoiseHigh)
	}
	next, chunk, err := p.World.Step(p.State, level, noise)
	p.State = next
	return chunk, err
}

// Done reports whether all chunks are played.
func (p *Player) Done() bool { return p.World.Done(p.State) }
