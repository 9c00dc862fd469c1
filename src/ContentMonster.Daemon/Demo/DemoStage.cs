using System.Security.Cryptography;
using System.Text;

namespace ContentMonster.Daemon.Demo;

/// <summary>The folders and files of a demonstration, all below one temporary directory.</summary>
internal sealed class DemoStage : IDisposable
{
    public const string DirectoryName = "films";
    public const string RemoteFolder = "inbox";
    public const string Processed = "processed";

    /// <summary>Names and sizes; the settings' ChunkSize is 1 MiB.</summary>
    private static readonly (string Name, int SizeInBytes)[] Content =
    [
        ("empty.flag", 0),
        ("note.txt", 42),
        ("poster of the film.jpg", 180_000),
        ("Übersicht.pdf", 900_000),
        ("subtitles/all languages.zip", 3_000_000),
        ("the film.mkv", 24_000_000),
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("contentmonster-demo-").FullName;

    public string SettingsPath => Path.Combine(_root, "settings.ini");

    public string Location => Path.Combine(_root, "shore", DirectoryName);

    public static long TotalBytes => Content.Sum(file => (long)file.SizeInBytes);

    public static int FileCount => Content.Length;

    /// <summary>What each file's SHA-256 was when it was made, by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Hashes { get; private set; } = new Dictionary<string, byte[]>(StringComparer.Ordinal);

    public string HomeOf(string vessel) => Directory.CreateDirectory(Path.Combine(_root, "vessels", vessel)).FullName;

    public async Task MakeFilesAsync(CancellationToken cancellationToken)
    {
        var hashes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, int size) in Content)
        {
            string path = Path.Combine(Location, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes = RandomNumberGenerator.GetBytes(size);
            await File.WriteAllBytesAsync(path, bytes, cancellationToken);
            hashes[name] = SHA256.HashData(bytes);
        }

        Hashes = hashes;
    }

    public async Task WriteSettingsAsync(IReadOnlyList<(string Name, string Rate, IDemoVessel Vessel)> vessels, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        text.Append($"[MONSTER]\nChunkSize = 1M\n\n[Directory {DirectoryName}]\nLocation = {Quoted(Location)}\nRemoteLocation = {RemoteFolder}\nSettleTime = 0s\n");
        foreach ((string name, string rate, IDemoVessel vessel) in vessels)
        {
            text.Append($"\n[Vessel {name}]\nAddress = 127.0.0.1\nPort = {vessel.Port}\nUsername = {Environment.UserName}\n");
            text.Append($"IdentityFile = {Quoted(vessel.ClientKeyFile)}\nBandwidthLimit = {rate}\n");
        }

        await File.WriteAllTextAsync(SettingsPath, text.ToString(), cancellationToken);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // TMPDIR may hold spaces or comment signs; a percent sign is doubled as in Python's configparser.
    private static string Quoted(string path) => $"\"{path.Replace("%", "%%", StringComparison.Ordinal)}\"";
}
