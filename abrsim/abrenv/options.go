package abrenv

import (
	"encoding/json"
	"fmt"
	"strconv"

	"trailblazer/abrsim"
	"trailblazer/internal/jsonconfig"
)

// ResetOptions choose an episode in reset. What they leave open is drawn in a
// random selection; a sequential one then goes on in its order.
type ResetOptions struct {
	// Episode is the number of an episode of a sequential selection, which
	// goes on from there. The other fields must be absent.
	Episode *int64 `json:"episode"`
	// Trace is an index into the manifest's traces.
	Trace *int `json:"trace"`
	// StartPointer is where on Trace playback begins. In a sequential
	// selection it defaults to the trace's own.
	StartPointer *int `json:"start_pointer"`
	// Video is an index into the manifest's videos. In a sequential selection
	// it defaults to 0.
	Video *int `json:"video"`
	// Generator draws among the generated traces that are the nearest to a
	// place in the space of their parameters, where the config has a generator.
	// Trace and Episode must be absent.
	Generator *GeneratorPoint `json:"generator"`
}

// readOptions reads and checks the options of a reset.
func (f *Factory) readOptions(raw json.RawMessage) (ResetOptions, error) {
	var o ResetOptions
	if len(raw) == 0 {
		return o, nil
	}
	if err := jsonconfig.Decode("options", raw, &o); err != nil {
		return o, err
	}
	return o, f.checkOptions(&o)
}

func (f *Factory) checkOptions(o *ResetOptions) error {
	within := func(field string, value *int, n int) error {
		if value != nil && uint(*value) >= uint(n) {
			return jsonconfig.Refuse("options."+field, strconv.Itoa(*value), fmt.Sprintf("give 0 to %d", n-1))
		}
		return nil
	}
	if err := within("trace", o.Trace, len(f.data.Traces)); err != nil {
		return err
	}
	if err := within("video", o.Video, len(f.data.Videos)); err != nil {
		return err
	}
	if o.Generator != nil {
		if err := f.checkGenerator(o); err != nil {
			return err
		}
	}
	episodes := len(f.episodes)
	switch {
	case o.Episode != nil && episodes == 0:
		return jsonconfig.Refuse("options.episode", strconv.FormatInt(*o.Episode, 10), `leave it out: the selection is random, give "trace" and "start_pointer" instead`)
	case o.Episode != nil && uint64(*o.Episode) >= uint64(episodes):
		return jsonconfig.Refuse("options.episode", strconv.FormatInt(*o.Episode, 10), fmt.Sprintf("give 0 to %d", episodes-1))
	case o.Episode != nil && (o.Trace != nil || o.StartPointer != nil || o.Video != nil):
		return jsonconfig.Refuse("options.episode", strconv.FormatInt(*o.Episode, 10), "give it alone: an episode has its trace, start and video")
	case o.StartPointer != nil && o.Trace == nil:
		return jsonconfig.Refuse("options.start_pointer", strconv.Itoa(*o.StartPointer), `give "trace" too`)
	case o.Video != nil && o.Trace == nil && o.Generator == nil && episodes > 0:
		return jsonconfig.Refuse("options.video", strconv.Itoa(*o.Video), `give "trace" too`)
	}
	if o.StartPointer != nil {
		if _, err := f.World(*o.Trace, 0).Link().AtPointer(*o.StartPointer); err != nil {
			return jsonconfig.Refuse("options.start_pointer", strconv.Itoa(*o.StartPointer), fmt.Sprintf("give 1 to %d", f.data.Traces[*o.Trace].Len()-1))
		}
	}
	return nil
}

// choose settles the next episode: from options, from the order, or from the
// stream. The options have been checked.
func (e *Env) choose(o *ResetOptions) (start abrsim.Cursor) {
	f := e.factory
	if n := int64(len(f.episodes)); n > 0 && o.Trace == nil && o.Generator == nil {
		e.episode = e.next
		if o.Episode != nil {
			e.episode = *o.Episode
		}
		e.next = (e.episode + e.stride) % n
		episode := &f.episodes[e.episode]
		e.trace, e.video = int32(episode.Trace), int32(episode.Video)
		return episode.Start
	}
	e.episode = -1
	start = e.draw(o)
	if f.config.SkipDead && o.StartPointer == nil {
		for redraws := 0; redraws < mostRedraws && e.dead(start); redraws++ {
			start = e.draw(o)
		}
	}
	return start
}

// draw draws video, trace and start, in this order, where options leave them
// open.
func (e *Env) draw(o *ResetOptions) (start abrsim.Cursor) {
	f := e.factory
	sequential := len(f.episodes) > 0
	switch {
	case o.Video != nil:
		e.video = int32(*o.Video)
	case sequential || len(f.data.Videos) == 1:
		e.video = 0
	default:
		e.video = int32(e.random.below(len(f.data.Videos)))
	}
	switch {
	case o.Trace != nil:
		e.trace = int32(*o.Trace)
	case o.Generator != nil:
		near := f.near(o.Generator)
		e.trace = int32(near[e.random.below(len(near))])
	default:
		e.trace = int32(e.random.below(len(f.data.Traces)))
	}
	link := f.World(int(e.trace), int(e.video)).Link()
	pointer := 0
	switch {
	case o.StartPointer != nil:
		pointer = *o.StartPointer
	case sequential:
		pointer = f.data.StartPointers[e.trace]
	case f.config.Player.Profile == abrsim.ProfilePaper:
		// The reference draws among the trace's samples.
		pointer = 1 + e.random.below(f.data.Traces[e.trace].Len()-1)
	default:
		// The product may round up to the pass itself, which starts over.
		start, _ = link.At(link.PassS() * e.random.unit())
		return start
	}
	start, _ = link.AtPointer(pointer)
	return start
}
