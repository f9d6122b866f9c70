package traj

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
)

// listing keeps meta/info.json and the card as shards are finished. It is safe
// for concurrent use.
type listing struct {
	dir string

	mu   sync.Mutex
	base *Info
	// parts are sorted by name.
	parts []part
	// stale says that the file does not say what there is.
	stale bool
}

// openListing finds out what a data set consists of. Files decide: meta/info.json
// may be missing, stale or damaged. Where there is nothing at all, base is nil.
func openListing(dir string) (*listing, error) {
	l := &listing{dir: dir}
	known, err := readInfo(dir)
	var newer *VersionError
	if errors.As(err, &newer) {
		return nil, err
	}
	if err != nil {
		known, l.stale = nil, true
	}
	if l.parts, err = findParts(dir, known); err != nil {
		return nil, err
	}
	l.base = known
	if known == nil && len(l.parts) == 0 {
		return l, nil
	}
	info, err := describe(known, l.parts)
	if err != nil {
		return nil, err
	}
	l.base = info
	if known != nil {
		was, err := known.marshal()
		if err != nil {
			return nil, err
		}
		is, err := info.marshal()
		if err != nil {
			return nil, err
		}
		l.stale = !bytes.Equal(was, is)
	}
	return l, nil
}

// rebase replaces what is said of the data set itself.
func (l *listing) rebase(base *Info) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.base, l.stale = base, true
}

// refer adds reference scores.
func (l *listing) refer(references []Reference) {
	l.mu.Lock()
	defer l.mu.Unlock()
	base := *l.base
	base.addOrigin("", references)
	l.base, l.stale = &base, true
}

// add takes down a finished shard, or one that was written anew.
func (l *listing) add(p part) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, found := slices.BinarySearchFunc(l.parts, p, func(a, b part) int { return strings.Compare(a.Name, b.Name) })
	if found {
		l.parts[at] = p
	} else {
		l.parts = slices.Insert(l.parts, at, p)
	}
	l.stale = true
}

// write writes meta/info.json, if it is stale, and the card.
func (l *listing) write() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	info, err := describe(l.base, l.parts)
	if err != nil {
		return err
	}
	if l.stale {
		if err := writeInfo(l.dir, info); err != nil {
			return err
		}
		l.stale = false
	}
	return writeCard(l.dir, info)
}
