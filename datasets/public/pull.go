package public

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
)

// Puller fetches data sets. The zero value is useful.
type Puller struct {
	// Base serves the repositories; empty for DefaultBase.
	Base string
	// Client is nil for one that honours the proxies of the environment.
	Client *http.Client
	// Workers is how many files are fetched at once; 0 means 4.
	Workers int
	// Wait sleeps before the n-th further try of a file; nil for a second,
	// then twice as long each time.
	Wait func(ctx context.Context, n int) error
	// Progress is nil, or called when a file is there. It is not called
	// concurrently.
	Progress func(set string, done, total int)
}

// tries is how often a file is tried.
const tries = 4

// Report says what became of a set.
type Report struct {
	Set     string `json:"set"`
	Source  string `json:"source"`
	License string `json:"license"`
	// Fetched files came now, Kept ones were there, Made ones were made of
	// others.
	Fetched int `json:"fetched"`
	Kept    int `json:"kept"`
	Made    int `json:"made"`
	// Bytes came over the network.
	Bytes int64 `json:"bytes"`
}

// Pull brings a set into a data directory. What is there already stays. After an
// error the same call goes on.
func (p *Puller) Pull(ctx context.Context, dir string, s *Set) (Report, error) {
	r := Report{Set: s.Name, Source: s.Source, License: s.License}
	var mu sync.Mutex
	f := &fetcher{client: p.Client, base: p.Base, tries: tries, wait: p.Wait, progress: func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		r.Bytes += n
	}}
	if f.client == nil {
		f.client = &http.Client{} // http.DefaultTransport honours HTTPS_PROXY and NO_PROXY.
	}
	if f.base == "" {
		f.base = DefaultBase
	}
	if f.wait == nil {
		f.wait = backOff
	}
	total := len(s.Files) + len(s.Made)
	done := 0
	step := func(count *int) {
		mu.Lock()
		defer mu.Unlock()
		*count++
		done++
		if p.Progress != nil {
			p.Progress(s.Name, done, total)
		}
	}
	err := p.each(ctx, len(s.Files), func(ctx context.Context, i int) error {
		file := &s.Files[i]
		fetched, err := f.fetch(ctx, filepath.Join(dir, filepath.FromSlash(file.Path)), *file)
		if err != nil {
			return err
		}
		if fetched {
			step(&r.Fetched)
		} else {
			step(&r.Kept)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	for i := range s.Made {
		made, err := s.Made[i].build(ctx, dir, f, p)
		if err != nil {
			return r, fmt.Errorf("%s: %w", s.Made[i].Path, err)
		}
		if made {
			step(&r.Made)
		} else {
			step(&r.Kept)
		}
	}
	return r, nil
}

// each does n pieces of work, a few at once, until one fails.
func (p *Puller) each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := p.Workers
	if workers <= 0 {
		workers = 4
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	group.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}
