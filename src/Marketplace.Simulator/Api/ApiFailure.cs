using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Api;

/// <summary>An expected refusal, in the words and the shape of a Kubernetes Status.</summary>
internal sealed record ApiFailure(int Code, string Reason, string Message, JsonObject? Details = null)
{
    public static ApiFailure NotFound(ResourceType type, string name) =>
        new(404, "NotFound", $"{type.Qualified} \"{name}\" not found", Named(type, name));

    public static ApiFailure NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource");

    public static ApiFailure AlreadyExists(ResourceType type, string name) =>
        new(409, "AlreadyExists", $"{type.Qualified} \"{name}\" already exists", Named(type, name));

    public static ApiFailure Conflict(ResourceType type, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {type.Qualified} \"{name}\": {why}", Named(type, name));

    public static ApiFailure Modified(ResourceType type, string name) =>
        Conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiFailure BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiFailure Forbidden(ResourceType type, string name, string why) =>
        new(403, "Forbidden", $"{type.Qualified} \"{name}\" is forbidden: {why}", Named(type, name));

    public static ApiFailure Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiFailure MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiFailure NotAcceptable() => new(406, "NotAcceptable", "only the following media types are accepted: application/json");

    public static ApiFailure UnsupportedMediaType(string got) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {got}");

    public static ApiFailure Expired(string message) => new(410, "Expired", message);

    public static ApiFailure Unavailable(string message) => new(503, "ServiceUnavailable", message);

    public static ApiFailure Invalid(ResourceType type, string name, params IReadOnlyList<FieldCause> causes)
    {
        var details = Named(type, name);
        details["kind"] = type.Kind;
        details["causes"] = new JsonArray([
            .. causes.Select(c => new JsonObject
            {
                ["reason"] = c.Reason,
                ["message"] = c.Message,
                ["field"] = c.Field,
            }),
        ]);
        var lines = causes.Select(c => $"{c.Field}: {c.Message}").ToList();
        var text = lines.Count == 1 ? lines[0] : $"[{string.Join(", ", lines)}]";
        return new(422, "Invalid", $"{type.Kind}{(type.Group.Length > 0 ? "." + type.Group : "")} \"{name}\" is invalid: {text}", details);
    }

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
            ["code"] = Code,
        };
        if (Details is not null)
        {
            status["details"] = Details.DeepClone();
        }
        return status;
    }

    private static JsonObject Named(ResourceType type, string name)
    {
        var details = new JsonObject { ["name"] = name };
        if (type.Group.Length > 0)
        {
            details["group"] = type.Group;
        }
        details["kind"] = type.Plural;
        return details;
    }
}

/// <summary>One field at fault: where, why (a Kubernetes cause reason) and what to do.</summary>
internal sealed record FieldCause(string Field, string Reason, string Message)
{
    public static FieldCause Required(string field, string message = "") =>
        new(field, "FieldValueRequired", message.Length == 0 ? "Required value" : $"Required value: {message}");

    public static FieldCause Invalid(string field, string? value, string message) =>
        new(field, "FieldValueInvalid", $"Invalid value: \"{value}\": {message}");

    public static FieldCause Unsupported(string field, string? value, params IEnumerable<string> allowed) =>
        new(
            field,
            "FieldValueNotSupported",
            $"Unsupported value: \"{value}\": supported values: {string.Join(", ", allowed.Select(a => $"\"{a}\""))}"
        );

    public static FieldCause Forbidden(string field, string message) => new(field, "FieldValueForbidden", $"Forbidden: {message}");
}

/// <summary>Either the value asked for or the refusal.</summary>
internal readonly struct Answer<T>
{
    private readonly T? value;
    private readonly ApiFailure? failure;

    private Answer(T? value, ApiFailure? failure)
    {
        this.value = value;
        this.failure = failure;
    }

    public bool Refused([NotNullWhen(true)] out ApiFailure? why, [NotNullWhen(false)] out T? got)
    {
        why = failure;
        got = value;
        return failure is not null;
    }

    /// <summary>The value where a refusal would be a bug of the caller.</summary>
    public T Expect() => failure is null ? value! : throw new InvalidOperationException(failure.Message);

    public ApiFailure? Failure => failure;

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(ApiFailure failure) => new(default, failure);
}
