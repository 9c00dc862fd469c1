using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Faults;

/// <summary>A file system in a file with a quota: what is free there does not tell how little may be written. Takes root.</summary>
internal sealed class QuotaDisk : IDisposable
{
    private const long ImageLength = 200 << 20;
    private readonly string _place;

    /// <param name="folder">Where the image lies.</param>
    /// <param name="place">Made if it is missing.</param>
    /// <param name="quota">As btrfs takes it.</param>
    public QuotaDisk(string folder, string place, string quota)
    {
        string image = Path.Combine(folder, "quota.image");
        using (FileStream made = File.Create(image))
        {
            made.SetLength(ImageLength);
        }

        _place = Directory.CreateDirectory(place).FullName;
        Posix.Run("mkfs.btrfs", "-q", image);

        // What was removed counts until then.
        Posix.Run("mount", "-o", "loop,commit=1", image, _place);
        Posix.Run("btrfs", "quota", "enable", _place);
        Posix.Run("btrfs", "qgroup", "limit", quota, _place);
    }

    public void Dispose() => Posix.Run("umount", "-l", _place);
}
