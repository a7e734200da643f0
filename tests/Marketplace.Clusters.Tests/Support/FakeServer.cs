using System.Net;
using System.Text;
using System.Threading.Channels;
using Marketplace.Clusters.Kubernetes;

namespace Marketplace.Clusters.Tests.Support;

/// <summary>An API server whose every answer the test writes: for what a real one cannot be made to do on command.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly Func<HttpRequestMessage, int, HttpResponseMessage> answer;
    private int requests;

    public FakeServer(Func<HttpRequestMessage, int, HttpResponseMessage> answer) => this.answer = answer;

    public List<string> Seen { get; } = [];

    public KubernetesClient Client(TimeProvider? time = null, KubernetesClientOptions? options = null) =>
        new(
            KubeConfig.ForLoopback(new Uri("http://127.0.0.1:1/prefix")),
            time ?? TimeProvider.System,
            options ?? new KubernetesClientOptions { RetryPause = TimeSpan.FromMilliseconds(1) },
            this
        );

    public static HttpResponseMessage Json(string body, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Status(int code, string reason, string message) =>
        Json(
            $$"""{"kind":"Status","status":"Failure","reason":"{{reason}}","message":"{{message}}","code":{{code}}}""",
            (HttpStatusCode)code
        );

    public static HttpResponseMessage Stream(Stream body) => new(HttpStatusCode.OK) { Content = new StreamContent(body) };

    public static string Pods(string version, params string[] names) =>
        $$"""{"kind":"PodList","metadata":{"resourceVersion":"{{version}}"},"items":[{{string.Join(',', names.Select(n => Pod(n, "1")))}}]}""";

    public static string Pod(string name, string version) =>
        $$$"""{"metadata":{"name":"{{{name}}}","namespace":"d","uid":"u-{{{name}}}","resourceVersion":"{{{version}}}"},"spec":{},"status":{}}""";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int number;
        lock (Seen)
        {
            Seen.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
            number = requests++;
        }

        return Task.FromResult(answer(request, number));
    }
}

/// <summary>A stream the test writes lines into, and that stays open until told.</summary>
internal sealed class LineStream : Stream
{
    private readonly Channel<byte[]> channel = Channel.CreateUnbounded<byte[]>();
    private ReadOnlyMemory<byte> left;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void WriteText(string text) => channel.Writer.TryWrite(Encoding.UTF8.GetBytes(text));

    public void WriteEvent(string type, string item) => WriteText($$"""{"type":"{{type}}","object":{{item}}}""" + "\n");

    public void End(Exception? error = null) => channel.Writer.TryComplete(error);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (left.IsEmpty)
        {
            if (!await channel.Reader.WaitToReadAsync(cancellationToken))
            {
                return 0;
            }

            left = await channel.Reader.ReadAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, left.Length);
        left[..count].CopyTo(buffer);
        left = left[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
