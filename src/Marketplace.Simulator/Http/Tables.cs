using System.Text.Json.Nodes;
using Marketplace.Simulator.Resources;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>Server-side printing: the Table that `kubectl get` shows.</summary>
internal static class Tables
{
    /// <param name="type">The resource printed.</param>
    /// <param name="items">Its rows.</param>
    /// <param name="tableVersion">v1 or v1beta1 of meta.k8s.io.</param>
    /// <param name="include">What each row carries: None, Metadata or Object.</param>
    /// <param name="version">The list's resource version.</param>
    /// <param name="continueToken">The token of the next page, or null.</param>
    /// <param name="now">The time ages are counted to.</param>
    /// <param name="withColumns">False for later rows of one watch.</param>
    public static JsonObject Of(
        ResourceType type,
        IEnumerable<StoredObject> items,
        string tableVersion,
        string include,
        long version,
        string? continueToken,
        DateTimeOffset now,
        bool withColumns = true
    )
    {
        var columns = Columns.Of(type);
        var rows = new JsonArray();
        foreach (var item in items)
        {
            var tree = item.Open();
            var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(c => c.Cell(tree, now))]) };
            switch (include)
            {
                case "Object":
                    row["object"] = tree;
                    break;
                case "None":
                    break;
                default:
                    row["object"] = MetadataOnly(tree);
                    break;
            }
            rows.Add(row);
        }
        var meta = new JsonObject { ["resourceVersion"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        if (continueToken is not null)
        {
            meta["continue"] = continueToken;
        }
        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = $"meta.k8s.io/{tableVersion}",
            ["metadata"] = meta,
            ["columnDefinitions"] = withColumns
                ? new JsonArray([
                    .. columns.Select(c => new JsonObject
                    {
                        ["name"] = c.Name,
                        ["type"] = c.Type,
                        ["format"] = c.Name == "Name" ? "name" : "",
                        ["description"] = "",
                        ["priority"] = c.Wide ? 1 : 0,
                    }),
                ])
                : new JsonArray(),
            ["rows"] = rows,
        };
    }

    public static JsonObject MetadataOnly(JsonObject tree) =>
        new()
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = tree["metadata"]?.DeepClone(),
        };
}
