using System.Globalization;
using ContentMonster.Bench;

// ShoreSide FOLDER FILES [SIZE] [BATCH]: what the shore's half of a delivery costs, without any vessel. See bench/shore-side.sh.
string folder = args[0];
int files = int.Parse(args[1], CultureInfo.InvariantCulture);
int size = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 4096;
int batch = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 500;
foreach (string round in new[] { "first round, cold code", "second round, warm code" })
{
    string here = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"))).FullName;
    try
    {
        Lap lap = await new HalfWay(here, files, size, batch).RunAsync(CancellationToken.None);
        Console.WriteLine($"\n{files} files of {size} bytes, bookings of {batch}, {round}:\n\n| part | wall ms | user ms | system ms | CPU ms |\n|---|---|---|---|---|");
        foreach (string row in lap.Rows())
        {
            Console.WriteLine(row);
        }
    }
    finally
    {
        Directory.Delete(here, recursive: true);
    }
}
