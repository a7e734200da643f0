using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Long answers: watches and logs.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>
    /// Watches from a resource version. Ends in order when the server closes the watch; ends with one <see cref="WatchKind.Error"/> event
    /// when it was refused, broke, expired (410: list again) or stayed silent past <see cref="KubernetesClientOptions.WatchIdle"/>.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        KubeResource<T> kind,
        string? ns,
        string resourceVersion,
        KubeQuery? query = null,
        [EnumeratorCancellation] CancellationToken ct = default
    )
        where T : KubeObject
    {
        var path = new QueryText(kind.Path(ns))
            .Add("watch", "true")
            .Add("allowWatchBookmarks", "true")
            .Add("labelSelector", query?.LabelSelector)
            .Add("fieldSelector", query?.FieldSelector)
            .Add("resourceVersion", resourceVersion)
            .Add("timeoutSeconds", (int)options.WatchLength.TotalSeconds)
            .ToString();
        var opened = await transport.OpenAsync(path, patient: false, ct);
        if (!opened.IsOk)
        {
            yield return new WatchEvent<T>(WatchKind.Error, null, (KubernetesError)opened.Error);
            yield break;
        }

        using var response = opened.Value;
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var lines = new LineReader(stream, options.WatchIdle, time, transport.Contacted);
        while (true)
        {
            var (line, error) = await lines.ReadAsync(Config.Server, ct);
            if (error is not null)
            {
                yield return new WatchEvent<T>(WatchKind.Error, null, error);
                yield break;
            }

            if (line.IsEmpty)
            {
                yield break;
            }

            var one = WatchFrame.Read(line, kind);
            yield return one;
            if (one.Kind == WatchKind.Error)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// Opens a pod's log. Dispose it to stop following. A followed log that has no line yet opens with its first line.
    /// </summary>
    public async Task<ClusterResult<KubeLog>> OpenLogAsync(
        string ns,
        string pod,
        KubeLogQuery? query = null,
        CancellationToken ct = default
    )
    {
        query ??= new KubeLogQuery();
        var path = new QueryText(KubeKinds.Pods.Path(ns, pod, "log")).Add("container", query.Container);
        if (query.Tail is { } tail)
        {
            path.Add("tailLines", tail);
        }

        if (query.SinceSeconds is { } since)
        {
            path.Add("sinceSeconds", since);
        }

        path.Add("follow", query.Follow ? "true" : null).Add("timestamps", query.Timestamps ? "true" : null);
        var opened = await transport.OpenAsync(path.ToString(), patient: query.Follow, ct);
        return opened.IsOk ? new KubeLog(opened.Value, Config.Server) : opened.Error;
    }
}

/// <summary>An open log: lines as they come.</summary>
public sealed class KubeLog : IDisposable
{
    private readonly HttpResponseMessage response;
    private readonly Uri server;

    internal KubeLog(HttpResponseMessage response, Uri server)
    {
        this.response = response;
        this.server = server;
    }

    /// <summary>Why the log ended early; null when it ended in order. Valid after the last line.</summary>
    public KubernetesError? Error { get; private set; }

    /// <summary>The lines, without their line ends.</summary>
    public async IAsyncEnumerable<string> LinesAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var lines = new LineReader(stream, Timeout.InfiniteTimeSpan, TimeProvider.System, static () => { });
        while (true)
        {
            var (line, error) = await lines.ReadAsync(server, ct);
            if (error is not null)
            {
                Error = error;
                yield break;
            }

            if (line.IsEmpty)
            {
                yield break;
            }

            yield return Encoding.UTF8.GetString(line.Span).TrimEnd('\r', '\n');
        }
    }

    /// <inheritdoc />
    public void Dispose() => response.Dispose();
}

/// <summary>Splits a stream into lines, each with its line end, under an idle limit. An empty line of no bytes means the end.</summary>
internal sealed class LineReader(Stream stream, TimeSpan idle, TimeProvider time, Action contacted) : IDisposable
{
    private const int MaximumLineBytes = 16 << 20;

    private readonly PipeReader pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 << 10, leaveOpen: true));
    private byte[] line = new byte[4 << 10];

    public async ValueTask<(ReadOnlyMemory<byte> Line, KubernetesError? Error)> ReadAsync(Uri server, CancellationToken ct)
    {
        while (true)
        {
            if (pipe.TryRead(out var ready) && Take(ready) is { } quick)
            {
                return quick;
            }

            using var limit = new CancellationTokenSource(idle, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            try
            {
                var result = await pipe.ReadAsync(both.Token);
                contacted();
                if (Take(result) is { } taken)
                {
                    return taken;
                }
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return (default, KubernetesError.Idle(idle));
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                return (default, KubernetesError.Unreachable(server, e));
            }
        }
    }

    public void Dispose() => pipe.Complete();

    /// <summary>A line, the end, or null when more bytes are needed.</summary>
    private (ReadOnlyMemory<byte>, KubernetesError?)? Take(ReadResult result)
    {
        var buffer = result.Buffer;
        var reader = new System.Buffers.SequenceReader<byte>(buffer);
        if (reader.TryAdvanceTo((byte)'\n'))
        {
            var copy = Copy(buffer.Slice(0, reader.Position));
            pipe.AdvanceTo(reader.Position);
            return (copy, null);
        }

        if (buffer.Length > MaximumLineBytes)
        {
            pipe.AdvanceTo(buffer.End);
            return (default, KubernetesError.NotKubernetes(200, "a stream", $"A line is longer than {MaximumLineBytes} bytes."));
        }

        if (result.IsCompleted)
        {
            var rest = Copy(buffer);
            pipe.AdvanceTo(buffer.End);
            return (rest, null);
        }

        pipe.AdvanceTo(buffer.Start, buffer.End);
        return null;
    }

    private ReadOnlyMemory<byte> Copy(System.Buffers.ReadOnlySequence<byte> bytes)
    {
        var length = checked((int)bytes.Length);
        if (line.Length < length)
        {
            line = new byte[length * 2];
        }

        System.Buffers.BuffersExtensions.CopyTo(bytes, line);
        return line.AsMemory(0, length);
    }
}
