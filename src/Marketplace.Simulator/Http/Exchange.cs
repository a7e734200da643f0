using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Access;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Marketplace.Simulator.Http;

internal enum Representation
{
    Json,
    Table,
    Metadata,
}

/// <summary>One request and its answer: reading the body and the query, writing objects, lists and refusals.</summary>
internal sealed class Exchange(HttpContext http, Identity who, TimeProvider time)
{
    // etcd's own limit is 1.5 MiB; the API server allows twice that.
    private const int MaxBodyBytes = 3 << 20;

    public HttpContext Http => http;

    public Identity Who => who;

    public CancellationToken Aborted => http.RequestAborted;

    public string? Query(string key) => http.Request.Query.TryGetValue(key, out var value) ? value.ToString() : null;

    public bool Flag(string key) => Query(key) is "true" or "1";

    public long? Number(string key) =>
        long.TryParse(Query(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool DryRun => Query("dryRun") is { } value && value.Contains("All", StringComparison.Ordinal);

    /// <summary>The writer to record: the fieldManager parameter, else the program in the user agent, as the real server does.</summary>
    public Caller Caller
    {
        get
        {
            var manager = Query("fieldManager");
            if (string.IsNullOrEmpty(manager))
            {
                var agent = http.Request.Headers.UserAgent.ToString();
                var end = agent.IndexOfAny([' ', '/']);
                manager = end > 0 ? agent[..end] : agent;
            }
            return new Caller(who.User, manager.Length == 0 ? "unknown" : manager, DryRun);
        }
    }

    public Representation? Wanted(out string tableVersion)
    {
        tableVersion = "v1";
        var accept = http.Request.Headers.Accept.ToString();
        if (accept.Length == 0)
        {
            return Representation.Json;
        }
        foreach (var choice in accept.Split(','))
        {
            var parts = choice.Split(';').Select(p => p.Trim()).ToArray();
            if (parts[0] is not ("application/json" or "*/*" or "application/*" or "text/plain"))
            {
                continue;
            }
            var shape = parts.FirstOrDefault(p => p.StartsWith("as=", StringComparison.Ordinal))?[3..];
            switch (shape)
            {
                case null:
                    return Representation.Json;
                case "Table":
                    tableVersion = parts.FirstOrDefault(p => p.StartsWith("v=", StringComparison.Ordinal))?[2..] ?? "v1";
                    return Representation.Table;
                case "PartialObjectMetadata" or "PartialObjectMetadataList":
                    return Representation.Metadata;
                default:
                    break;
            }
        }
        return null;
    }

    public async Task<Answer<byte[]>> ReadBytesAsync()
    {
        using var stream = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await http.Request.Body.ReadAsync(buffer, Aborted)) > 0)
        {
            if (stream.Length + read > MaxBodyBytes)
            {
                return new ApiFailure(413, "RequestEntityTooLarge", $"the request is larger than {MaxBodyBytes} bytes");
            }
            stream.Write(buffer, 0, read);
        }
        return stream.ToArray();
    }

    /// <summary>The body as JSON; YAML is taken too where the content type says so.</summary>
    public async Task<Answer<JsonNode>> ReadAsync()
    {
        var type = http.Request.ContentType ?? "application/json";
        if (type.Contains("protobuf", StringComparison.Ordinal) || type.Contains("cbor", StringComparison.Ordinal))
        {
            return ApiFailure.UnsupportedMediaType(type);
        }
        if ((await ReadBytesAsync()).Refused(out var refused, out var bytes))
        {
            return refused;
        }
        try
        {
            if (type.Contains("yaml", StringComparison.Ordinal) && !bytes.AsSpan().TrimStart(" \r\n\t"u8).StartsWith("{"u8))
            {
                return YamlReader.Parse(System.Text.Encoding.UTF8.GetString(bytes)) is { } yaml
                    ? yaml
                    : ApiFailure.BadRequest("the body is empty");
            }
            return Json.Parse(bytes) is { } node ? node : ApiFailure.BadRequest("the body is empty");
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return ApiFailure.BadRequest($"the object provided is unrecognized: {e.Message}");
        }
    }

    /// <summary>An eviction: the one object that newer kubectls send in protobuf only.</summary>
    public async Task<Answer<JsonObject>> ReadEvictionAsync()
    {
        if (http.Request.ContentType?.Contains("protobuf", StringComparison.Ordinal) != true)
        {
            return await ReadObjectAsync();
        }
        if ((await ReadBytesAsync()).Refused(out var refused, out var bytes))
        {
            return refused;
        }
        try
        {
            return KubeProtobuf.ReadEviction(bytes);
        }
        catch (FormatException e)
        {
            return ApiFailure.BadRequest(e.Message);
        }
    }

    public async Task<Answer<JsonObject>> ReadObjectAsync()
    {
        if ((await ReadAsync()).Refused(out var refused, out var node))
        {
            return refused;
        }
        return node is JsonObject map ? map : ApiFailure.BadRequest("the body is not an object");
    }

    public Task WriteAsync(int code, JsonNode body) => WriteAsync(code, Json.Bytes(body));

    public async Task WriteAsync(int code, ReadOnlyMemory<byte> utf8, string contentType = "application/json")
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = utf8.Length;
        await http.Response.Body.WriteAsync(utf8, Aborted);
    }

    public Task WriteAsync(ApiFailure failure) => WriteAsync(failure.Code, failure.ToStatus());

    public DateTimeOffset Now => time.GetUtcNow();

    public TimeProvider Time => time;

    public Task WriteAsync(int code, StoredObject item) =>
        Wanted(out var version) switch
        {
            Representation.Json => WriteAsync(code, item.Utf8),
            Representation.Table => WriteAsync(code, Tables.Of(item.Type, [item], version, IncludeObject, item.Version, null, Now)),
            Representation.Metadata => WriteAsync(code, Tables.MetadataOnly(item.Open())),
            _ => WriteAsync(ApiFailure.NotAcceptable()),
        };

    public string IncludeObject => Query("includeObject") ?? "Metadata";

    /// <summary>Streams: no buffering, so that each event leaves at once.</summary>
    public void StartStream(string contentType)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.StatusCode = 200;
        http.Response.ContentType = contentType;
    }

    public static JsonObject Success(ResourceType type, StoredObject item) =>
        new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = new JsonObject
            {
                ["name"] = item.Name,
                ["group"] = type.Group,
                ["kind"] = type.Plural,
                ["uid"] = item.Uid,
            },
        };
}
