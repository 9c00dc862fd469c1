using ContentMonster.Model;

namespace ContentMonster.Ledger;

/// <summary>Settled files become versions with a delivery for each vessel that takes their directory.</summary>
internal static class Recording
{
    private const string AtPath = """
        select id, state, device, inode, size, modified, changed, mode from version
        where directory = ?1 and path = ?2 and state <= 2 order by id
        """;

    private const string MoveToDevice = "update version set device = ?2 where id = ?1 and device <> ?2";

    private const string Takers = "select vessel from taker where directory = ?1";

    private const string AddVersion = """
        insert into version (token, directory, path, device, inode, size, modified, changed, mode, chunk_size, missing)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, (select count(*) from taker where directory = ?2))
        """;

    private const string AddDeliveries = """
        insert into delivery (version, vessel, priority, big, bytes_left)
        select ?1, t.vessel, d.priority, ?4, ?3 from taker t join directory d on d.id = t.directory where t.directory = ?2
        """;

    public static bool[] Known(LedgerConnection connection, string directory, IReadOnlyList<SeenFile> files)
    {
        var known = new bool[files.Count];
        if (Names.Directory(connection, directory) is { } id)
        {
            for (int index = 0; index < known.Length; index++)
            {
                known[index] = At(connection, id, files[index].Path).Exists(there => there.Stamp == files[index].Stamp);
            }
        }

        return known;
    }

    public static IReadOnlyList<RecordOutcome> Record(
        LedgerConnection connection, string directory, IReadOnlyList<SeenFile> files, long chunkSizeInBytes, Func<string> newToken, DateTimeOffset now)
    {
        long id = Names.NeedDirectory(connection, directory);
        bool anyRefused = Refusing.Any(connection, id);
        List<long> takers = connection.Rows(Takers, static row => row.GetInt64(0), id);
        var sums = new Sums(connection);
        long fresh = 0;
        var outcomes = new RecordOutcome[files.Count];
        for (int index = 0; index < outcomes.Length; index++)
        {
            if (anyRefused)
            {
                Refusing.Admit(connection, id, files[index].Path);
            }

            outcomes[index] = RecordOne(connection, id, files[index], chunkSizeInBytes, newToken, now);
            if (outcomes[index] != RecordOutcome.Known)
            {
                fresh++;
                foreach (long vessel in takers)
                {
                    sums.Add(vessel, new(WaitingFiles: 1, files[index].Stamp.SizeInBytes));
                }
            }
        }

        sums.Book();
        Sums.AddLive(connection, fresh);
        return outcomes;
    }

    private static RecordOutcome RecordOne(
        LedgerConnection connection, long directory, SeenFile file, long chunkSizeInBytes, Func<string> newToken, DateTimeOffset now)
    {
        var outcome = RecordOutcome.New;
        foreach ((long id, VersionState state, FileStamp stamp) in At(connection, directory, file.Path))
        {
            if (stamp.IsAs(file.Stamp))
            {
                connection.Execute(MoveToDevice, id, file.Stamp.Device);
                return RecordOutcome.Known;
            }

            // One that is being archived is left alone: the archiver has its name in hand and will look at what lies there.
            if (state != VersionState.Archiving)
            {
                Ending.End(connection, id, VersionState.Superseded, HistoryEvent.Superseded, "changed on the shore", now);
                outcome = RecordOutcome.Superseding;
            }
        }

        FileStamp seen = file.Stamp;
        long version = connection.Insert(
            AddVersion,
            newToken(),
            directory,
            file.Path.Bytes,
            seen.Device,
            seen.Inode,
            seen.SizeInBytes,
            seen.ModifiedUnixNanoseconds,
            seen.ChangedUnixNanoseconds,
            seen.Mode,
            chunkSizeInBytes);
        connection.Execute(AddDeliveries, version, directory, seen.SizeInBytes, FileVersion.IsSmallIn(seen.SizeInBytes, chunkSizeInBytes) ? 0 : 1);
        return outcome;
    }

    private static List<(long Id, VersionState State, FileStamp Stamp)> At(LedgerConnection connection, long directory, BytePath path) =>
        connection.Rows(AtPath, static row => (row.GetInt64(0), (VersionState)row.GetInt32(1), Columns.Stamp(row, 2)), directory, path.Bytes);
}
