using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ContentMonster.Tests.Kills;

/// <summary>All that was ever given to the shore: which contents a name has had, the last one last.</summary>
internal sealed partial class Manifest(string shore, string staging, Random random)
{
    private readonly ConcurrentDictionary<string, List<string>> _versions = new(StringComparer.Ordinal);
    private int _staged;

    public ICollection<string> Names => _versions.Keys;

    public long TotalBytes { get; private set; }

    /// <summary>Whether what is put survives a power cut, as far as it is the writer's duty.</summary>
    public bool IsDurable { get; init; }

    public string Last(string name) => Of(name)[^1];

    public bool Knows(string name, string sha256) => Of(name).Contains(sha256, StringComparer.Ordinal);

    /// <summary>How many names and versions have this content: more than one only for the empty file.</summary>
    public int CountOf(string sha256) => _versions.Keys.Sum(name => Of(name).Count(one => one == sha256));

    /// <summary>Puts a file of random bytes into the shore's directory in one step; replaces what is there of that name.</summary>
    public void Put(string name, int sizeInBytes)
    {
        byte[] content = new byte[sizeInBytes];
        random.NextBytes(content);
        Directory.CreateDirectory(staging);
        string staged = Path.Combine(staging, $"{_staged++}");
        using (FileStream file = File.Create(staged))
        {
            file.Write(content);
            file.Flush(flushToDisk: IsDurable);
        }

        List<string> versions = _versions.GetOrAdd(name, _ => []);
        lock (versions)
        {
            versions.Add(Convert.ToHexString(SHA256.HashData(content)));
        }

        TotalBytes += sizeInBytes;
        string place = Path.Combine(shore, name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Rename(staged, place).ShouldBe(0);
    }

    private string[] Of(string name)
    {
        if (!_versions.TryGetValue(name, out List<string>? versions))
        {
            return [];
        }

        lock (versions)
        {
            return [.. versions];
        }
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
