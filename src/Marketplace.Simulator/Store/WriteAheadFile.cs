using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Store;

/// <summary>
/// One cluster's objects on disk: a line of JSON per commit, handed to the operating system before the answer goes out, so that a
/// killed process loses nothing. A torn last line (the write that was under way) is dropped on reading. Compaction writes the live
/// objects to a new file and renames it into place.
/// </summary>
internal sealed class WriteAheadFile : IDisposable
{
    /// <summary>Versions are promised in blocks, so that a restart never hands out one that a client has already seen.</summary>
    public const long ReservationBlock = 10_000;

    private const long CompactAboveBytes = 8L << 20;
    private readonly string path;
    private FileStream file;
    private long bytesAtCompaction;

    private WriteAheadFile(string path, FileStream file)
    {
        this.path = path;
        this.file = file;
        bytesAtCompaction = file.Length;
    }

    public bool WantsCompaction => file.Length > Math.Max(CompactAboveBytes, bytesAtCompaction * 4);

    public long Length => file.Length;

    /// <summary>What the file held: the live objects, the highest version promised, and how many torn bytes were dropped at its end.</summary>
    public sealed record Contents(IReadOnlyList<StoredObject> Objects, long ReservedVersion, long TornBytes);

    /// <exception cref="InvalidDataException">A line other than the last is not readable: the file was damaged, not torn.</exception>
    public static (WriteAheadFile File, Contents Contents) Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var location = Path.Combine(folder, "objects.jsonl");
        var live = new Dictionary<(ResourceType, ObjectKey), StoredObject>();
        long reserved = 0;
        long good = 0;
        var bytes = File.Exists(location) ? File.ReadAllBytes(location) : [];
        for (var lineNumber = 1; good < bytes.Length; lineNumber++)
        {
            var length = bytes.AsSpan((int)good).IndexOf((byte)'\n');
            if (length < 0)
            {
                break;
            }
            try
            {
                Replay(bytes.AsMemory((int)good, length), live, ref reserved);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException(
                    $"{location}, line {lineNumber}: not readable ({e.Message}). Restore the file from a backup.",
                    e
                );
            }
            good += length + 1;
        }
        var opened = new FileStream(location, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        opened.SetLength(good);
        opened.Seek(0, SeekOrigin.End);
        return (new WriteAheadFile(location, opened), new Contents([.. live.Values], reserved, bytes.Length - good));
    }

    public void Put(StoredObject item) => file.Write(PutLine(item).WrittenSpan);

    public void Remove(StoredObject item)
    {
        var line = Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"op":"del","group":"{{item.Type.Group}}","plural":"{{item.Type.Plural}}","namespace":"{{item.Namespace}}","name":"{{item.Name}}","version":{{item.Version}}}{{'\n'}}"""
            )
        );
        file.Write(line);
    }

    public void Reserve(long version) =>
        file.Write(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"op":"reserve","version":{{version}}}{{'\n'}}"""))
        );

    public void Compact(IEnumerable<StoredObject> live, long reserved)
    {
        var next = path + ".new";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            stream.Write(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"op":"reserve","version":{{reserved}}}{{'\n'}}"""))
            );
            foreach (var item in live)
            {
                stream.Write(PutLine(item).WrittenSpan);
            }
            // The rename must not reach the disk before the contents do.
            stream.Flush(flushToDisk: true);
        }
        file.Dispose();
        File.Move(next, path, overwrite: true);
        file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        bytesAtCompaction = file.Length;
    }

    public void Dispose() => file.Dispose();

    private static ArrayBufferWriter<byte> PutLine(StoredObject item)
    {
        var line = new ArrayBufferWriter<byte>(item.Utf8.Length + 64);
        Encoding.UTF8.GetBytes($$"""{"op":"put","group":"{{item.Type.Group}}","plural":"{{item.Type.Plural}}","object":""", line);
        line.Write(item.Utf8);
        line.Write("}\n"u8);
        return line;
    }

    private static void Replay(ReadOnlyMemory<byte> line, Dictionary<(ResourceType, ObjectKey), StoredObject> live, ref long reserved)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        var op = root.GetProperty("op").GetString();
        if (op == "reserve")
        {
            reserved = Math.Max(reserved, root.GetProperty("version").GetInt64());
            return;
        }
        var group = root.GetProperty("group").GetString();
        var plural = root.GetProperty("plural").GetString();
        var type =
            ResourceCatalog.All.FirstOrDefault(t => t.Group == group && t.Plural == plural)
            ?? throw new JsonException($"unknown resource {plural}.{group}");
        if (op == "put")
        {
            var item = StoredObject.Thaw(type, Encoding.UTF8.GetBytes(root.GetProperty("object").GetRawText()));
            live[(type, item.Key)] = item;
            reserved = Math.Max(reserved, item.Version);
        }
        else if (op == "del")
        {
            live.Remove((type, new ObjectKey(root.GetProperty("namespace").GetString() ?? "", root.GetProperty("name").GetString() ?? "")));
            reserved = Math.Max(reserved, root.GetProperty("version").GetInt64());
        }
        else
        {
            throw new JsonException($"unknown operation {op}");
        }
    }
}
