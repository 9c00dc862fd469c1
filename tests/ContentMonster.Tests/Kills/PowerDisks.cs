using ContentMonster.Tests.Support;

namespace ContentMonster.Tests.Kills;

/// <summary>
/// ext4 disks in files of a btrfs: a reflink of such a file is, in one instant, what the disk had been given, and what a machine whose power is
/// cut then finds after it: all that was only in memory is gone. Root only.
/// </summary>
internal sealed class PowerDisks : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly List<(string Name, string Place)> _disks = [];

    public PowerDisks()
    {
        Directory.CreateDirectory(Files);
        Posix.Run("truncate", "-s", "4G", _scratch["files.img"]);
        Posix.Run("mkfs.btrfs", "-q", "-m", "single", _scratch["files.img"]);
        Posix.Run("mount", "-o", "loop", _scratch["files.img"], Files);
    }

    private string Files => _scratch["files"];

    public void Add(string name, string place)
    {
        string image = ImageOf(name);
        Posix.Run("truncate", "-s", "200M", image);
        Posix.Run("mkfs.ext4", "-q", "-F", image);
        Directory.CreateDirectory(place);
        Posix.Run("mount", "-o", "loop", image, place);
        _disks.Add((name, place));
    }

    /// <summary>The power fails on all disks, in the order in which they were added; they themselves go on.</summary>
    public void Cut(int number)
    {
        foreach ((string name, _) in _disks)
        {
            Posix.Run("cp", "--reflink=always", ImageOf(name), ImageOf(name, number));
        }
    }

    /// <summary>In the places of the disks, what the cut of this number left.</summary>
    public void Show(int number)
    {
        foreach ((string name, string place) in _disks)
        {
            Posix.Run("umount", "-l", place);
            Posix.Run("mount", "-o", "loop", ImageOf(name, number), place);
        }
    }

    public void Dispose()
    {
        _disks.ForEach(disk => Posix.Run("umount", "-l", disk.Place));
        Posix.Run("umount", "-l", Files);
        _scratch.Dispose();
    }

    private string ImageOf(string name, int? number = null) => Path.Combine(Files, $"{name}{number}.img");
}
