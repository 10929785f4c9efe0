"""app/samples/office.py — what the office's sample papers say: notices, requests, minutes, summaries, duty records.

Official documents in the order of GB/T 9704: letterhead and number, title, addressee, text, signature, imprint.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.samples import people
from app.samples.kinds import SHORT, Scene
from app.samples.people import BRANCH, BUREAU, CITY, COMMUNITIES, OFFICERS, STATION, STATION_SHORT
from app.samples.sheet import Block, Body, Cell, Draft, Imprint, Letterhead, Received, Signature, Table, Title


def notice(s: Scene) -> Draft:
    topic = s.rng.choice(("旅馆业治安管理", "冬季消防安全检查", "流动人口登记", "校园周边秩序整治", "烟花爆竹安全监管"))
    number = f"{SHORT}〔{s.day.year}〕{s.number + 3}号"
    return Draft(
        "通知",
        f"关于进一步加强{topic}工作的通知",
        number,
        BRANCH,
        s.stamp,
        "WS",
        (
            Letterhead(f"{BRANCH}文件", number),
            Title(f"关于进一步加强{topic}工作的通知"),
            Body("各派出所、机关各科室：", indent=0),
            Body(f"为认真落实市局关于{topic}的部署要求，切实消除隐患，维护辖区秩序，经分局研究，现就有关事项通知如下。"),
            Body("一、提高认识，压实责任", bold=True),
            Body(f"各单位要把{topic}作为当前一项重要任务，主要负责同志亲自抓，分管负责同志具体抓，逐级签订责任书，做到任务到岗、责任到人。"),
            Body("二、全面排查，不留死角", bold=True),
            Body(
                f"自通知之日起三十日内，对{s.rng.choice(COMMUNITIES)}、{s.rng.choice(COMMUNITIES)}等重点区域逐户走访，发现问题当场登记，能够立即整改的"
                "责令立即整改，不能立即整改的限期整改并跟踪复查。检查情况应当如实填写检查登记表，由检查人和被检查单位负责人共同签字。"
            ),
            Body("三、强化宣传，群防群治", bold=True),
            Body("充分利用社区公告栏、村居广播和入户走访等方式，讲清政策，讲透危害，引导群众主动参与。对提供线索的群众，按规定给予奖励并严格保密。"),
            Body("四、按时报送，及时归档", bold=True),
            Body(f"各单位应于每月二十五日前将工作进展报分局治安大队，联系人{s.officers[0]}，电话{people.phone(s.rng)}。有关材料按件整理，随办随归。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Imprint((f"抄送：{BUREAU}治安支队。", f"{BRANCH}办公室\t{s.written}印发")),
        ),
        (s.officers[0],),
        (f"加强{topic}", "逐级签订责任书", "有关材料按件整理"),
    )


def introduction(s: Scene) -> Draft:
    number = f"{SHORT}介字〔{s.day.year}〕{s.number + 12}号"
    return Draft(
        "介绍信",
        "介绍信",
        number,
        STATION,
        s.stamp,
        "WS",
        (
            Title("介绍信", 26),
            Body(number, align="right"),
            Body(f"{CITY}档案馆：", indent=0),
            Body(
                f"兹介绍我所民警{{{s.officers[0]}}}、{{{s.officers[1]}}}等{{贰}}名同志，前往你处联系查阅{s.day.year - 12}年度石桥地区门牌编制档案事宜，请予接洽并给予协助为盼。"
            ),
            Body("此致"),
            Body("敬礼", indent=0),
            Signature((STATION, s.chinese), seal=STATION),
            Body("（有效期七天）", indent=0),
        ),
        s.officers,
        ("兹介绍我所民警", "门牌编制档案事宜", "请予接洽"),
        size=18,
        leading=36,
    )


def minutes(s: Scene) -> Draft:
    number = f"〔{s.day.year}〕{s.number + 2}号"
    points = (
        ("关于近期警情", f"会议听取了近一个月接处警情况汇报。{s.officers[0]}指出，本月共接报各类警情{s.rng.randint(96, 240)}起，同比下降百分之{s.rng.randint(3, 19)}，"
         "其中纠纷类占比最大。会议要求各警务区把矛盾纠纷排查放在首位，对三次以上报警的纠纷逐一建立台账，做到一事一档、专人负责、销号管理。"),
        ("关于社区警务", f"{s.officers[1]}汇报了{COMMUNITIES[0]}、{COMMUNITIES[1]}两个警务室的运行情况。会议认为，要继续坚持民警下沉，每周驻村时间不少于三个工作日，"
         "走访情况当日记载，群众反映的问题七日内回复。年底前完成辖区门牌核对和实有房屋信息更新。"),
        ("关于特种行业管理", "会议决定对辖区旅馆、印章刻制和废旧物品收购单位开展一次全面检查，由治安内勤牵头，检查登记表一式两份，一份交单位留存，一份归档。"
         "检查中要重点核对从业人员登记、视频资料保存期限和消防通道，发现隐患当场下达整改通知。"),
        ("关于档案工作", "会议强调，办结的案件应在十个工作日内立卷，纸质材料与电子文件同步整理，扫描件与原件逐页核对。内勤每月月底打印归档文件目录，由所领导签字确认。"
         "借阅档案应当登记，用后及时归还，任何人不得擅自复制、拍照或者带离。"),
        ("关于队伍管理", "会议重申了值班备勤、公务用枪、车辆使用和廉洁自律等各项规定，要求全体民警辅警时刻保持警醒，严格执行请销假制度，节假日期间保持通信畅通。"),
        ("关于后勤保障", "会议同意更换户籍窗口打印机和扫描仪各一台，修缮询问室隔音设施，所需经费按程序报分局审批。档案室应当配备温湿度计，每日记录。"),
    )
    blocks: list[Block] = [
        Letterhead(f"{STATION_SHORT}会议纪要", number),
        Title("所务会议纪要"),
        Body(f"时间：{s.written}上午九时", indent=0),
        Body("地点：派出所二楼会议室", indent=0),
        Body(f"主持：{s.officers[0]}　记录：{s.officers[1]}", indent=0),
        Body(f"出席：{'、'.join(OFFICERS)}", indent=0),
    ]
    for place, (head, said) in enumerate(points):
        blocks += [Body(f"{'一二三四五六'[place]}、{head}", bold=True), Body(said)]
    blocks += [Body("会议要求，以上事项由各责任人抓紧落实，办公室负责督办，下次会议通报进展。"), Signature((STATION, s.chinese))]
    return Draft(
        "会议纪要",
        "所务会议纪要",
        number,
        STATION,
        s.stamp,
        "WS",
        tuple(blocks),
        OFFICERS,
        ("纠纷逐一建立台账", "民警下沉", "扫描件与原件逐页核对"),
        foot="— $page —",
    )


def statement(s: Scene) -> Draft:
    place = s.rng.choice(COMMUNITIES)
    return Draft(
        "情况说明",
        f"关于{place}夜间噪声投诉处理的情况说明",
        "",
        STATION,
        s.stamp,
        "WS",
        (
            Title(f"关于{place}夜间噪声投诉处理的情况说明"),
            Body("柳岸分局办公室：", indent=0),
            Body(
                f"近期，市民{s.first.name}通过服务热线反映{place}沿街店铺夜间经营噪声扰民。接到转办单后，我所立即安排社区民警{s.officers[0]}会同社区工作人员上门核实，现将有关情况说明如下。"
            ),
            Body(
                f"经查，投诉人所述店铺为{s.second.name}经营的小吃店，夏季营业至凌晨，店外摆放桌椅，客人交谈声和抽油烟机声音较大。民警当场责令其将室外桌椅收回店内，二十二时后不得在店外经营，并为设备加装隔音罩。"
            ),
            Body("经三次夜间回访，店铺已按要求整改。投诉人表示满意，同意办结。我所将把该处列为夜间巡逻必到点，每周至少巡查两次，防止问题反弹。"),
            Body("特此说明。"),
            Signature((STATION, s.chinese), seal=STATION),
        ),
        (s.first.name, s.second.name, s.officers[0]),
        ("夜间经营噪声扰民", "加装隔音罩", "夜间巡逻必到点"),
    )


def annual(s: Scene) -> Draft:
    year = min(s.day.year, 2025)
    s = replace(s, day=date(year, 12, 18 + s.number % 12))
    sections = (
        ("抓基层基础，社区警务更加扎实", "全年走访居民四千余户，更新实有房屋信息一千三百余条，核对门牌七百余块，办理居住登记两千一百余人次。坚持民警驻村制度，"
         "在四个社区设立警务室，每周公布值班电话和走访安排，群众满意率明显提高。"),
        ("抓矛盾化解，辖区秩序更加稳定", f"全年共受理各类纠纷{s.rng.randint(310, 460)}起，调解成功率百分之九十六。对邻里、家庭、劳资等易反复的纠纷实行台账管理，做到件件有着落、事事有回音。"
         "与街道司法所建立联合调解机制，疑难纠纷提前会商，未发生因纠纷处置不当引发的案件。"),
        ("抓案件办理，执法质量更加过硬", f"全年办理行政案件{s.rng.randint(120, 190)}起，办结率百分之九十八，无一起被复议撤销。严格落实办案区管理、涉案财物管理和案卷立卷各项规定，"
         "结案后十个工作日内立卷归档，抽检案卷优良率达到百分之九十五。"),
        ("抓行业管理，安全隐患有效消除", "对辖区旅馆、网吧、印章刻制、废旧物品收购等单位开展检查六百余家次，整改隐患二百余处，责令停业整顿三家。"
         "会同有关部门开展校园周边、施工工地、出租房屋专项检查，督促落实人防物防技防措施。"),
        ("抓便民服务，窗口形象持续提升", "户籍窗口推行延时服务、预约服务和上门服务，全年办理户口业务三千余件，为行动不便的老人上门办证五十七次。"
         "收到锦旗十九面、感谢信三十余封。积极推行一次办好，申请材料能共享的一律不再要求群众提供。"),
        ("抓档案规范，基础工作上新台阶", "完成历年案卷和户籍档案的清点核对，补齐目录三百余条，修复破损卷皮八十余件，扫描重要纸质档案一万二千余页。"
         "建立借阅登记和归还检查制度，档案室温湿度按日记录，全年未发生丢失、损毁和泄密事件。"),
        ("存在的问题和下一步打算", "一是社区民警流动较大，走访工作深度还不平衡；二是档案信息化水平有待提高，部分早期档案字迹褪色，亟需抢救性整理；"
         "三是夜间巡逻力量仍显不足。下一年将继续坚持以群众满意为标准，补短板、强弱项，努力推动各项工作再上新台阶。"),
    )
    blocks: list[Block] = [Title(f"{STATION_SHORT}{year}年度工作总结"), Body(
        f"{year}年，在分局党委的正确领导和辖区群众的大力支持下，我所全体民警辅警围绕中心、服务大局，扎实工作、勇于担当，较好地完成了各项任务。现将有关情况总结如下。"
    )]
    for place, (head, said) in enumerate(sections):
        blocks += [Body(f"{'一二三四五六七'[place]}、{head}", bold=True), Body(said)]
    blocks += [Signature((STATION, s.chinese), seal=STATION)]
    return Draft(
        "工作总结",
        f"{STATION_SHORT}{year}年度工作总结",
        "",
        STATION,
        s.stamp,
        "WS",
        tuple(blocks),
        (),
        ("更新实有房屋信息", "联合调解机制", "抢救性整理"),
        foot="— $page —",
    )


def duty(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("时间", "事项", "处理情况", "记录人"))]
    notes = (
        ("接电话咨询身份证补办手续", "已告知所需材料和办理时限"), ("群众送来拾得手机一部", "登记保管，联系失主认领"), ("巡逻至望江东路", "未见异常"),
        ("邻里噪声投诉", "上门劝导，双方谅解"), ("协助寻找走失老人", "二十分钟后在公园找到，送交家属"), ("检查沿街店铺卷帘门", "提醒两家关好门窗"),
        ("交接班清点装备", "齐全完好"),
    )
    for hour, (thing, done) in zip((8, 9, 11, 14, 17, 20, 22), notes, strict=True):
        rows.append((Cell(f"{hour:02d}:{s.rng.randint(0, 59):02d}"), Cell(thing, 1, False), Cell(done, 1, False), Cell(f"{{{s.officers[0]}}}")))
    return Draft(
        "值班记录",
        "派出所值班记录",
        "",
        STATION,
        s.stamp,
        "WS",
        (
            Title("派出所值班记录", 24),
            Body(f"值班日期：{s.written}　带班领导：{s.officers[1]}　值班民警：{s.officers[0]}", indent=0),
            Table((1.4, 4, 4, 1.6), tuple(rows), header=True, row_height=38),
            Body("交班提示：辖区西侧施工路段夜间照明不足，请接班人员注意巡查。", indent=0),
            Signature((STATION, s.written)),
        ),
        s.officers,
        ("拾得手机一部", "协助寻找走失老人", "夜间照明不足"),
        size=13,
        leading=24,
    )


def request(s: Scene) -> Draft:
    number = f"{SHORT}石〔{s.day.year}〕{s.number + 5}号"
    return Draft(
        "请示",
        "关于修缮档案室的请示",
        number,
        STATION,
        s.stamp,
        "WS",
        (
            Received(f"收文 {s.written}\n柳岸分局办公室"),
            Letterhead(f"{STATION_SHORT}文件", number),
            Title("关于修缮档案室的请示"),
            Body("柳岸分局：", indent=0),
            Body("我所档案室位于办公楼一层北侧，建成已逾二十年，墙面返潮，窗扇变形，雨季湿度长期高于百分之七十，现存户籍和案件档案四千余卷，部分卷皮出现霉斑，安全保管存在隐患。"),
            Body("为改善保管条件，拟对档案室进行防潮处理，更换门窗，加装空调、除湿机和密集架，预计工期二十天，所需费用约六万八千元，拟从年度维修经费中列支。施工期间，档案临时存放于二楼备用库房，由专人看管。"),
            Body("妥否，请批示。"),
            Body("附件：档案室修缮预算表"),
            Signature((STATION, s.chinese), seal=STATION),
            Body(f"（联系人：{s.officers[0]}　电话：{people.phone(s.rng)}）", indent=0),
        ),
        (s.officers[0],),
        ("墙面返潮", "防潮处理", "密集架"),
    )
