using System.Collections.Frozen;

namespace Marketplace.Web.Components.Shared.Icons;

internal static class IconPaths
{
    private static readonly FrozenDictionary<IconName, string> Paths = new Dictionary<IconName, string>
    {
        [IconName.ArrowDown] = "M8 3v10M4 9l4 4 4-4",
        [IconName.ArrowRight] = "M2.5 8h11M9.5 4l4 4-4 4",
        [IconName.ArrowUp] = "M8 13V3M4 7l4-4 4 4",
        [IconName.Bars] = "M1.8 14.2h12.4M4 11.5V8.2M8 11.5v-8M12 11.5v-5",
        [IconName.Bell] = "M3.2 11.2h9.6c-1-.8-1.3-2-1.3-4.2a3.5 3.5 0 0 0-7 0c0 2.2-.3 3.4-1.3 4.2zM6.8 13.6c.7.5 1.7.5 2.4 0",
        [IconName.Bolt] = "M8.8 1.8L3.8 9h3.7l-.6 5.2L12.2 6.8H8.2z",
        [IconName.Book] = "M3.2 12.6V3.4c0-.7.5-1.2 1.2-1.2h8.4v11.6H4.4a1.2 1.2 0 0 1 0-2.4h8.4",
        [IconName.Box] = "M8 1.9l5.7 2.7v6.8L8 14.1l-5.7-2.7V4.6zM2.5 4.7L8 7.4l5.5-2.7M8 7.4v6.5",
        [IconName.Check] = "M2.8 8.6l3.3 3.3 7.1-7.4",
        [IconName.ChevronDown] = "M4 6.2l4 4 4-4",
        [IconName.ChevronLeft] = "M9.8 4l-4 4 4 4",
        [IconName.ChevronRight] = "M6.2 4l4 4-4 4",
        [IconName.Chip] =
            "M4.3 4.3h7.4v7.4H4.3zM6.4 1.9v2.4M9.6 1.9v2.4M6.4 11.7v2.4M9.6 11.7v2.4M1.9 6.4h2.4M1.9 9.6h2.4M11.7 6.4h2.4M11.7 9.6h2.4",
        [IconName.Clock] = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.7v3.5l2.3 1.4",
        [IconName.Coin] = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.7 5.1L8 7.9l2.3-2.8M8 7.9v3.4M6.1 9.3h3.8",
        [IconName.Copy] = "M5.6 5.6h7.9v7.9H5.6zM3.7 10.4H2.5V2.5h7.9v1.2",
        [IconName.Cross] = "M3.9 3.9l8.2 8.2M12.1 3.9l-8.2 8.2",
        [IconName.Cube] = "M8 1.6l5.6 3.2v6.4L8 14.4l-5.6-3.2V4.8zM2.6 4.9L8 8l5.4-3.1M8 8v6.2",
        [IconName.Document] = "M3.9 1.7h5.2l3.2 3.3v9.3H3.9zM9 1.9v3.2h3.2M6.1 8.3h4M6.1 11h4",
        [IconName.Download] = "M8 2.2v7.9M4.6 6.9L8 10.3l3.4-3.4M2.6 13.6h10.8",
        [IconName.Edit] = "M10.8 2.6l2.6 2.6-7.6 7.6-3.2.6.6-3.2zM9.2 4.2l2.6 2.6",
        [IconName.Exit] = "M9.6 2.4H3.2v11.2h6.4M6.8 8h7M11.2 5.4L13.8 8l-2.6 2.6",
        [IconName.External] = "M6.5 3H2.8v10.2H13V9.5M9.2 2.6h4.2v4.2M13.2 2.8L7.6 8.4",
        [IconName.Eye] = "M1.5 8S3.9 3.6 8 3.6 14.5 8 14.5 8 12.1 12.4 8 12.4 1.5 8 1.5 8zM8 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8z",
        [IconName.Filter] = "M2.2 3h11.6L9.6 8.1v4.7l-3.2-1.6V8.1z",
        [IconName.Flask] = "M6 2h4M6.7 2v4.3L3 12.6c-.4.8 0 1.4.8 1.4h8.4c.8 0 1.2-.6.8-1.4L9.3 6.3V2M4.8 9.8h6.4",
        [IconName.Gear] =
            "M8 5.9a2.1 2.1 0 1 0 0 4.2 2.1 2.1 0 0 0 0-4.2zM8 1.7v2M8 12.3v2M1.7 8h2M12.3 8h2M3.5 3.5l1.5 1.5M11 11l1.5 1.5M12.5 3.5L11 5M5 11l-1.5 1.5",
        [IconName.Globe] =
            "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2.2 8h11.6M8 2c2 1.7 2.7 3.7 2.7 6S10 12.3 8 14c-2-1.7-2.7-3.7-2.7-6S6 3.7 8 2z",
        [IconName.Grid] = "M2.4 2.4h4.2v4.2H2.4zM9.4 2.4h4.2v4.2H9.4zM2.4 9.4h4.2v4.2H2.4zM9.4 9.4h4.2v4.2H9.4z",
        [IconName.Info] = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 7.4v3.6M8 5.1h.01",
        [IconName.Key] = "M10.3 9.4a3.6 3.6 0 1 0-3.4-2.5L2.1 11.7v2.2h2.4v-1.7h1.7v-1.8l1-1c.9.2 2.1.2 3.1 0zM10.9 5.1h.01",
        [IconName.Layers] = "M8 2l6 3.2-6 3.2-6-3.2zM2.3 8L8 11l5.7-3M2.3 10.9L8 13.9l5.7-3",
        [IconName.Link] = "M6.6 9.4a2.8 2.8 0 0 0 4 0l2.4-2.4a2.8 2.8 0 0 0-4-4L8 4M9.4 6.6a2.8 2.8 0 0 0-4 0L3 9a2.8 2.8 0 0 0 4 4l1-1",
        [IconName.List] = "M5.6 3.9h8M5.6 8h8M5.6 12.1h8M2.5 3.9h.01M2.5 8h.01M2.5 12.1h.01",
        [IconName.Lock] = "M3.4 7.2h9.2v6.6H3.4zM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2M8 9.8v1.6",
        [IconName.Mail] = "M1.9 3.4h12.2v9.2H1.9zM2.1 3.7L8 8.6l5.9-4.9",
        [IconName.Map] = "M1.9 4l4-1.5 4.2 1.5 4-1.5V12l-4 1.5L5.9 12l-4 1.5zM5.9 2.6V12M10.1 4v9.4",
        [IconName.Minus] = "M3 8h10",
        [IconName.Moon] = "M13.4 9.7A5.8 5.8 0 0 1 6.3 2.6a5.8 5.8 0 1 0 7.1 7.1z",
        [IconName.More] = "M3.5 8h.01M8 8h.01M12.5 8h.01",
        [IconName.Network] = "M6.4 2h3.2v3.2H6.4zM1.9 10.8h3.2V14H1.9zM10.9 10.8h3.2V14h-3.2zM8 5.3v2.7M3.5 10.7V8h9v2.7",
        [IconName.People] =
            "M6 7.3a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.6 13.5c.2-2.5 2-4 4.4-4s4.2 1.5 4.4 4M10.6 2.7a2.5 2.5 0 0 1 0 4.3M12.4 9.9c1.2.7 1.9 1.9 2 3.6",
        [IconName.Person] = "M8 7.9A2.9 2.9 0 1 0 8 2.1a2.9 2.9 0 0 0 0 5.8zM2.6 14c.2-2.9 2.4-4.6 5.4-4.6s5.2 1.7 5.4 4.6",
        [IconName.Pin] =
            "M8 14.3c-3-3-4.8-5.5-4.8-7.7a4.8 4.8 0 0 1 9.6 0c0 2.2-1.8 4.7-4.8 7.7zM8 8.3a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z",
        [IconName.Play] = "M4.8 2.9L13 8l-8.2 5.1z",
        [IconName.Plug] = "M5.5 1.9v3.3M10.5 1.9v3.3M3.6 5.3h8.8v2.5a4.4 4.4 0 0 1-8.8 0zM8 12.2v2.2",
        [IconName.Plus] = "M8 3v10M3 8h10",
        [IconName.Pulse] = "M1.5 8.6h3.3l2-5.6 2.7 10.2 2-4.6h3",
        [IconName.Refresh] = "M13.3 6.3A5.6 5.6 0 0 0 3 5.6M2.7 9.7A5.6 5.6 0 0 0 13 10.4M13.5 2.7v3.7H9.8M2.5 13.3V9.6h3.7",
        [IconName.Scales] = "M8 2v11.9M4.7 13.9h6.6M2.9 4.1h10.2M3.1 4.1L1.4 8.9c.9 1 2.5 1 3.4 0zM12.9 4.1l-1.7 4.8c.9 1 2.5 1 3.4 0z",
        [IconName.Screen] = "M1.9 2.8h12.2v8.4H1.9zM5.6 13.9h4.8M8 11.3v2.5",
        [IconName.Search] = "M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2zM10.7 10.7l3.4 3.4",
        [IconName.Send] = "M14 2.2L1.9 6.7l5.2 2.2 2.2 5.2zM7.2 8.8L14 2.2",
        [IconName.Server] = "M2.4 2.6h11.2v4.6H2.4zM2.4 8.8h11.2v4.6H2.4zM5 4.9h.01M5 11.1h.01M8 4.9h3M8 11.1h3",
        [IconName.Shield] = "M8 1.7l5.2 1.9v4.1c0 3.3-2 5.5-5.2 6.6-3.2-1.1-5.2-3.3-5.2-6.6V3.6zM5.6 7.9l1.8 1.8 3.1-3.3",
        [IconName.Sort] = "M5 3v10M2.6 10.6L5 13l2.4-2.4M11 13V3M8.6 5.4L11 3l2.4 2.4",
        [IconName.Stop] = "M4 4h8v8H4z",
        [IconName.Sun] =
            "M8 5.1a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8zM8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M12.8 3.2l-1 1M4.2 11.8l-1 1",
        [IconName.Swap] = "M2.5 5.5h10M9.5 2.5l3 3-3 3M13.5 10.5h-10M6.5 7.5l-3 3 3 3",
        [IconName.Tag] = "M2.2 2.2h5.7l6 6-5.7 5.7-6-6zM5.1 5.1h.01",
        [IconName.Terminal] = "M1.9 2.9h12.2v10.2H1.9zM4.5 6l2.1 2-2.1 2M8.5 10.4h3",
        [IconName.Trash] = "M2.6 4.2h10.8M6 4V2.3h4V4M4 4.4l.7 9.3h6.6l.7-9.3M6.8 7v4M9.2 7v4",
        [IconName.Upload] = "M8 10.3V2.4M4.6 5.6L8 2.2l3.4 3.4M2.6 13.6h10.8",
        [IconName.Warning] = "M8 2.1l6.4 11.3H1.6zM8 6.4v3.3M8 11.6h.01",
    }.ToFrozenDictionary();

    public static string Of(IconName name) => Paths[name];
}
