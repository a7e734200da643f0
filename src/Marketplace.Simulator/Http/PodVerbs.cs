using System.Text;
using Marketplace.Simulator.Api;
using Marketplace.Simulator.Nodes;
using Marketplace.Simulator.Store;

namespace Marketplace.Simulator.Http;

/// <summary>A pod's own endpoints: binding, eviction, log.</summary>
internal sealed class PodVerbs(ClusterApi api)
{
    public async Task BindAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadObjectAsync()).Refused(out var bad, out var binding))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        if (binding.Text("target", "name") is not { Length: > 0 } node)
        {
            await exchange.WriteAsync(ApiFailure.Invalid(path.Type, path.Name!, FieldCause.Required("target.name")));
            return;
        }
        var bound = api.Bind(
            exchange.Caller,
            path.Home,
            path.Name!,
            node,
            binding.Text("metadata", "uid"),
            binding.Map("metadata", "annotations")
        );
        await (
            bound.Refused(out var refused, out var pod)
                ? exchange.WriteAsync(refused)
                : exchange.WriteAsync(201, Exchange.Success(path.Type, pod))
        );
    }

    public async Task EvictAsync(Exchange exchange, ApiPath path)
    {
        if ((await exchange.ReadEvictionAsync()).Refused(out var bad, out var eviction))
        {
            await exchange.WriteAsync(bad);
            return;
        }
        var wish = new DeleteWish
        {
            GraceSeconds = eviction.Whole("deleteOptions", "gracePeriodSeconds"),
            Uid = eviction.Text("deleteOptions", "preconditions", "uid"),
        };
        var deleted = api.Delete(exchange.Caller, path.Type, path.Home, path.Name!, wish);
        await (
            deleted.Refused(out var refused, out var deletion)
                ? exchange.WriteAsync(refused)
                : exchange.WriteAsync(201, Exchange.Success(path.Type, deletion.Object))
        );
    }

    public async Task LogAsync(Exchange exchange, ApiPath path)
    {
        if (api.Get(path.Type, path.Home, path.Name!).Refused(out var refused, out var pod))
        {
            await exchange.WriteAsync(refused);
            return;
        }
        var tree = pod.Open();
        var containers = tree.Items("spec", "containers").Select(c => c.Text("name")!).ToList();
        var container = exchange.Query("container") is { Length: > 0 } asked ? asked : containers[0];
        if (!containers.Contains(container))
        {
            await exchange.WriteAsync(ApiFailure.BadRequest($"container {container} is not valid for pod {pod.Name}"));
            return;
        }
        if (exchange.Query("container") is null && containers.Count > 1)
        {
            await exchange.WriteAsync(
                ApiFailure.BadRequest(
                    $"a container name must be specified for pod {pod.Name}, choose one of: [{string.Join(' ', containers)}]"
                )
            );
            return;
        }
        if (PodLog.Started(tree, container) is null)
        {
            await exchange.WriteAsync(
                ApiFailure.BadRequest($"container \"{container}\" in pod \"{pod.Name}\" is waiting to start: ContainerCreating")
            );
            return;
        }
        exchange.StartStream("text/plain");
        var sent = 0;
        var first = true;
        while (true)
        {
            var log = PodLog.Read(tree, container, exchange.Now);
            var from = first ? Skip(exchange, log.Lines) : Math.Max(0, sent - log.RolledOff);
            for (var i = from; i < log.Lines.Count; i++)
            {
                await WriteLineAsync(exchange, log.Lines[i]);
            }
            sent = log.Total;
            first = false;
            await exchange.Http.Response.Body.FlushAsync(exchange.Aborted);
            if (!exchange.Flag("follow") || log.Finished)
            {
                return;
            }
            await Task.Delay(PodLog.Interval, exchange.Time, exchange.Aborted);
            if (api.Store.Get(path.Type, path.Home, path.Name!) is not { } latest || latest.Uid != pod.Uid)
            {
                return;
            }
            tree = latest.Open();
        }
    }

    private static int Skip(Exchange exchange, IReadOnlyList<PodLog.Line> lines)
    {
        var from = 0;
        if (exchange.Number("sinceSeconds") is { } seconds)
        {
            var since = exchange.Now.AddSeconds(-seconds);
            from = lines.TakeWhile(l => l.At < since).Count();
        }
        return exchange.Number("tailLines") is { } tail and >= 0 ? (int)Math.Max(from, lines.Count - tail) : from;
    }

    private static async Task WriteLineAsync(Exchange exchange, PodLog.Line line)
    {
        var text = exchange.Flag("timestamps") ? $"{Json.MicroTime(line.At)} {line.Text}\n" : line.Text + "\n";
        await exchange.Http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), exchange.Aborted);
    }
}
