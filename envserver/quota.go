package envserver

// usage is what is open, of the server or of one owner.
type usage struct{ sessions, environments int }

// limits is what may be open.
type limits struct{ total, owner usage }

func (o *Options) limits() limits {
	return limits{
		total: usage{o.MaxSessions, o.MaxEnvironments},
		owner: usage{o.MaxOwnerSessions, o.MaxOwnerEnvironments},
	}
}

// check returns an error if one more session of n environments is too much.
func (limit usage) check(used usage, n int) *limitError {
	if used.sessions+1 > limit.sessions {
		return &limitError{what: "sessions", used: used.sessions, want: 1, limit: limit.sessions}
	}
	if used.environments+n > limit.environments {
		return &limitError{what: "environments", used: used.environments, want: n, limit: limit.environments}
	}
	return nil
}
