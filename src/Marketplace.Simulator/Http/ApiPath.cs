using Marketplace.Simulator.Resources;

namespace Marketplace.Simulator.Http;

/// <summary>A Kubernetes API path taken apart: /api/v1/namespaces/{ns}/pods/{name}/log and its kin.</summary>
internal sealed record ApiPath(ResourceType Type, string? Namespace, string? Name, string? Subresource)
{
    /// <summary>The namespace as the store keys it.</summary>
    public string Home => Namespace ?? "";

    public static ApiPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string group;
        string[] rest;
        string version;
        switch (parts)
        {
            case ["api", var v, .. var tail]:
                (group, version, rest) = ("", v, tail);
                break;
            case ["apis", var g, var v, .. var tail]:
                (group, version, rest) = (g, v, tail);
                break;
            default:
                return null;
        }
        string? ns = null;
        // "namespaces/{name}" and its own subresources are the namespace itself; anything longer is within it.
        if (rest is ["namespaces", var inside, var third, ..] && third is not ("status" or "finalize"))
        {
            ns = inside;
            rest = rest[2..];
        }
        if (rest.Length is 0 or > 3 || ResourceCatalog.Find(group, version, rest[0]) is not { } type)
        {
            return null;
        }
        if ((ns is not null && !type.Namespaced) || (ns is null && type.Namespaced && rest.Length > 1))
        {
            return null;
        }
        return new ApiPath(type, ns, rest.Length > 1 ? rest[1] : null, rest.Length > 2 ? rest[2] : null);
    }
}
