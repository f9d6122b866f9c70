package traj

// readShardInfo reads the description in the footer of one of a shard's files.
func readShardInfo(path string) (*Info, error) {
	t, err := openTable(path)
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.info()
}
