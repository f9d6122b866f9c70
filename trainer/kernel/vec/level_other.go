//go:build !amd64

package vec

// levels are those that this machine has.
func levels() []level { return []level{plainGo} }
