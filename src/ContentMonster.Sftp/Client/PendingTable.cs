namespace ContentMonster.Sftp.Client;

/// <summary>What the server owes replies to, by request id. Every member is called under the session's gate.</summary>
internal sealed class PendingTable
{
    private readonly Dictionary<uint, Pending> _byId = [];
    private uint _lastId;

    public int Count => _byId.Count;

    public uint Add(in Pending entry)
    {
        // Ids wrap after 2^32 requests; one that is still pending then is left alone.
        do
            _lastId = unchecked(_lastId + 1);
        while (_byId.ContainsKey(_lastId));
        _byId.Add(_lastId, entry);
        return _lastId;
    }

    public bool TryGet(uint id, out Pending entry) => _byId.TryGetValue(id, out entry);

    public bool Remove(uint id) => _byId.Remove(id);

    public TimeSpan LongestPatience()
    {
        TimeSpan longest = TimeSpan.Zero;
        foreach (Pending entry in _byId.Values)
        {
            if (entry.Patience > longest)
                longest = entry.Patience;
        }

        return longest;
    }

    /// <summary>What was sent first. The table is not empty.</summary>
    public Pending First() => _byId.MinBy(static entry => (entry.Value.SentAt, entry.Key)).Value;

    /// <summary>Whether some request waits so long that the server cannot mean to answer it, though it answers others.</summary>
    public bool AnyForgotten(TimeSpan now, int patiences)
    {
        foreach (Pending entry in _byId.Values)
        {
            if (now - entry.SentAt > entry.Patience * patiences)
                return true;
        }

        return false;
    }

    public Pending[] TakeAll()
    {
        Pending[] all = [.. _byId.Values];
        _byId.Clear();
        return all;
    }
}
